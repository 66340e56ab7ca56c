import { z } from 'zod';
import { ERROR_FAMILIES } from '../core/errors.ts';
import { defineCommand } from './command.ts';
import { browserFinding } from './doctor/browser-finding.ts';
import type { Purpose } from './doctor/finding.ts';
import { coresFinding, memoryFinding, workspaceFindings } from './doctor/machine-findings.ts';
import {
  cudaFinding,
  duckdbFinding,
  gdalFinding,
  nodeFinding,
  onnxFinding,
} from './doctor/program-findings.ts';
import { environmentPython, pythonFindings } from './doctor/python-findings.ts';
import { renderFindings } from './doctor/render-findings.ts';
import { readManifest } from './package-manifest.ts';

export const doctorCommand = defineCommand({
  path: ['doctor'],
  summary: 'Say what is installed, what is missing, what that costs and how to get it',
  description:
    'Looks at the programs RESFlow stands on, at this machine and at the workspace. Exits with 0 if maps can be made here, ' +
    'with 5 if not; training has a line of its own, since models can also be imported.',
  examples: ['resflow doctor', 'resflow doctor --json --workspace /data/maps'],
  input: z.object({}),
  async run(_input, context) {
    const [programs, workspace, python] = await Promise.all([
      Promise.all([gdalFinding(), onnxFinding(), duckdbFinding(), cudaFinding(context.env)]),
      workspaceFindings(context.workspace),
      pythonFindings(context.env['RESFLOW_PYTHON'] ?? environmentPython()),
    ]);
    const machine = [coresFinding(), memoryFinding(), ...workspace];
    const findings = [nodeFinding(), ...programs, ...machine, ...python, browserFinding(context.env)];
    const can = (purpose: Purpose) =>
      findings.every((finding) => finding.purpose !== purpose || finding.state !== 'missing');
    return {
      version: readManifest().version,
      platform: `${process.platform}-${process.arch}`,
      can: { map: can('map'), train: can('map') && can('train') },
      findings,
    };
  },
  render: ({ version, platform, can, findings }) =>
    [`RESFlow ${version} on ${platform}`, renderFindings(findings), verdict(can)].join('\n\n'),
  exitCode: ({ can }) => (can.map ? 0 : ERROR_FAMILIES.resource.exitCode),
});

function verdict(can: { map: boolean; train: boolean }): string {
  if (!can.map) return 'Maps cannot be made here yet: see what is missing above.';
  return can.train
    ? 'Models can be trained and maps be made here.'
    : 'Maps can be made here with imported models; training cannot run yet.';
}
