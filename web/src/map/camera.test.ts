import { describe, expect, it } from 'vitest';
import { boxKm2, boxText, cameraText, firstView, parseBox, parseCamera } from './camera.ts';

describe('what an address says of the map', () => {
  it('comes back as it was', () => {
    const camera = { lon: -94.4992, lat: 37.1014, zoom: 17.2 };
    expect(parseCamera(cameraText(camera))).toEqual(camera);
    expect(parseBox(boxText([1, 2, 3, 4.5]))).toEqual([1, 2, 3, 4.5]);
  });

  it.each([null, '', '1,2', '1,2,x', '0,91,3', '0,0,99', '1,2,3,4'])('is no camera: %s', (text) =>
    expect(parseCamera(text)).toBeNull(),
  );
  it.each([null, '3,2,1,4', '1,4,3,2', '1,2,3', 'NaN,0,1,1'])('is no box: %s', (text) =>
    expect(parseBox(text)).toBeNull(),
  );
});

it('looks at all scenes, or at the largest where they are far apart', () => {
  expect(firstView([])).toBeNull();
  expect(
    firstView([
      [0, 0, 1, 1],
      [2, 2, 3, 4],
    ]),
  ).toEqual([0, 0, 3, 4]);
  expect(
    firstView([
      [0, 0, 0.01, 0.01],
      [50, 50, 50.1, 50.02],
    ]),
  ).toEqual([50, 50, 50.1, 50.02]);
});

it('measures small boxes on the ground', () => {
  expect(boxKm2([0, 0, 0.01, 0.01])).toBeCloseTo(1.239, 2);
  expect(boxKm2([0, 60, 0.01, 60.01])).toBeCloseTo(0.62, 2);
});
