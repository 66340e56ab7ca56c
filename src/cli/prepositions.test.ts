import { expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { withoutPrepositions } from './prepositions.ts';

const add = (...words: string[]) => ['label', 'add', 'app', 'f.gpkg', ...words];

it.each([
  ['--complete within scene', '--complete scene'],
  ['--complete within area.geojson --json', '--complete area.geojson --json'],
  ['--complete scene', '--complete scene'],
  ['within --class within', 'within --class within'],
])('%s is %s', (given, meant) => {
  expect(withoutPrepositions(add(...given.split(' ')), COMMANDS)).toEqual(add(...meant.split(' ')));
});
