import { z } from 'zod';
import type { Application } from '../workspace/application-record.ts';
import { listApplications, readApplication, readLabelSources } from '../workspace/applications.ts';
import { listModels } from '../workspace/models.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

/** An application as text, a line a fact. */
export function renderApplication(app: Application): string {
  const classes = app.classes.map(({ id, name, colour }) => `${id} ${name} ${colour}`);
  return [
    `Application ${app.name}`,
    `  classes      ${[...(app.background ? ['0 background'] : []), ...classes].join(', ')}`,
    `  bands        ${app.bands.join(', ')}`,
    `  working GSD  ${app.gsdMetres} m on the ground; scenes from ${app.gsdRange.min} to ${app.gsdRange.max} m`,
    `  loss         ${app.loss}`,
    `  min. object  ${app.minObjectM2} m2`,
  ].join('\n');
}

export const appListCommand = defineCommand({
  path: ['app', 'list'],
  summary: 'List the applications',
  input: z.object({}),
  async run(_input, context) {
    await openWorkspace(context.workspace, 'read');
    const applications = await listApplications(context.workspace);
    return {
      applications: await Promise.all(
        applications.map(async (app) => ({
          name: app.name,
          classes: app.classes.map(({ name }) => name),
          gsdMetres: app.gsdMetres,
          bands: app.bands,
          labels: (await readLabelSources(context.workspace, app.name)).length,
          models: (await listModels(context.workspace, app.name)).length,
        })),
      ),
    };
  },
  render: ({ applications }) =>
    applications.length === 0
      ? 'No applications. Make one with `resflow app create NAME --class ... --gsd ...`.'
      : applications
          .map(
            ({ name, classes, gsdMetres, labels, models }) =>
              `${name}  ${classes.join(', ')}  ${gsdMetres} m  ${labels} label source(s)  ${models} model(s)`,
          )
          .join('\n'),
});

export const appShowCommand = defineCommand({
  path: ['app', 'show'],
  summary: 'Show an application, its labels and its models',
  args: [{ name: 'name', description: 'name of the application', required: true }],
  input: z.object({ name: z.string() }),
  async run({ name }, context) {
    await openWorkspace(context.workspace, 'read');
    const application = await readApplication(context.workspace, name);
    const labels = await readLabelSources(context.workspace, name);
    const models = await listModels(context.workspace, name);
    return {
      application,
      labels: labels.map(({ id, kind, source, coverage }) => ({
        id,
        kind,
        path: source.href,
        scenes: coverage.map(({ scene }) => scene),
      })),
      models: models.map(({ card }) => ({
        id: card.id,
        created: card.created,
        network: card.network.name,
        scores: card.scores,
      })),
    };
  },
  render: ({ application, labels, models }) =>
    [
      renderApplication(application),
      `  labels       ${labels.length} source(s)${labels.map(({ id, scenes }) => `\n    ${id}: ${scenes.length} scene(s)`).join('')}`,
      `  models       ${models.map(({ id }) => id).join(', ') || 'none'}`,
    ].join('\n'),
});
