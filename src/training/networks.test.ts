import { expect, it } from 'vitest';
import { studentNetwork } from './networks.ts';

it.each([
  ['paper-unet', 'small-unet'],
  ['small-unet', 'small-unet-half'],
  ['small-unet-half', 'small-unet-quarter'],
  ['small-unet-quarter', 'small-unet-quarter'],
  ['a network of somebody else', 'small-unet-half'],
])('a student of %s is a %s', (teacher, student) => {
  expect(studentNetwork(teacher)).toBe(student);
});
