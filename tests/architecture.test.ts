import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseModule, readModules } from './architecture/module-graph.ts';
import {
  defaultExports,
  directionBreaches,
  importCycles,
  longFiles,
  MOST_LINES,
  pageBreaches,
} from './architecture/rules.ts';

const modules = readModules(fileURLToPath(new URL('../src', import.meta.url)));

const page = readModules(fileURLToPath(new URL('../web/src', import.meta.url)));

describe('the page', () => {
  it('is found', () => expect(page.map(({ path }) => path)).toContain('app.tsx'));
  it('takes types of the program, and no code', () => expect(pageBreaches(page)).toEqual([]));
  it('imports without cycles', () => expect(importCycles(page)).toEqual([]));
  it('has no default exports', () => expect(defaultExports(page)).toEqual([]));
  it('holds one idea a file', () => expect(longFiles(page)).toEqual([]));
});

describe('the sources', () => {
  it('are found', () => {
    expect(modules.map(({ path }) => path)).toContain('core/errors.ts');
    expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(modules.length);
  });
  it('import in one direction only', () => expect(directionBreaches(modules)).toEqual([]));
  it('import without cycles', () => expect(importCycles(modules)).toEqual([]));
  it('have no default exports', () => expect(defaultExports(modules)).toEqual([]));
  it('hold one idea a file', () => expect(longFiles(modules)).toEqual([]));
});

describe('the rules catch', () => {
  const module = (path: string, ...lines: string[]) => parseModule(path, lines.join('\n'));

  it('code of the program in the page', () => {
    const lines = [
      "import type { A } from '../../src/core/a.ts';",
      "import { b } from '../../src/core/b.ts';",
      "import { c } from './map/c.ts';",
    ];
    expect(pageBreaches([module('app.tsx', ...lines)])).toEqual([
      'app.tsx imports code of the program: ../../src/core/b.ts',
    ]);
  });

  it('an import upwards, of code or of a type', () => {
    const code = module('core/a.ts', "import { planChips } from '../tiling/plan-chips.ts';");
    const type = module('raster/b.ts', "import type { Run } from '../workspace/run-record.ts';");
    expect(directionBreaches([code, type])).toHaveLength(2);
  });
  it('code of a peer, however it is written', () => {
    const lines = [
      "import { a } from '../mosaic/a.ts';",
      "import {\n  b,\n  type C,\n} from '../mosaic/b.ts';",
      "import '../mosaic/c.ts';",
      "export { d } from '../mosaic/d.ts';",
      "export const e = () => import('../mosaic/e.ts');",
    ];
    expect(lines.flatMap((line) => directionBreaches([module('inference/a.ts', line)]))).toHaveLength(
      lines.length,
    );
  });
  it('a folder without a place', () => {
    expect(directionBreaches([module('utils/a.ts', '')])).toHaveLength(1);
  });
  it('but not types of a peer, code from below, or packages', () => {
    const fine = module(
      'inference/a.ts',
      "import type { LayerSpec } from '../mosaic/layer.ts';",
      "import { type PartFile } from '../mosaic/part.ts';",
      "import { digestOf } from '../core/digest.ts';",
      "import { z } from 'zod';",
    );
    expect(fine.imports).toHaveLength(4);
    expect(directionBreaches([fine])).toEqual([]);
  });
  it('a cycle of three', () => {
    const cycle = ['a', 'b', 'c'].map((name, i) =>
      module(`geo/${name}.ts`, `import { x } from './${'bca'[i]}.ts';`),
    );
    expect(importCycles(cycle)).toEqual(['geo/a.ts -> geo/b.ts -> geo/c.ts -> geo/a.ts']);
    expect(importCycles(cycle.slice(0, 2))).toEqual([]);
  });
  it('a default export and a long file', () => {
    expect(defaultExports([module('geo/a.ts', 'export default 1;')])).toEqual(['geo/a.ts']);
    expect(longFiles([module('geo/a.ts', ...Array<string>(MOST_LINES + 2).fill('//'))])).toHaveLength(1);
    expect(longFiles([module('geo/a.ts', ...Array<string>(MOST_LINES).fill('//'))])).toEqual([]);
  });
});
