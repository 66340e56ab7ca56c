import { describe, expect, it } from 'vitest';
import { buildCategories } from '../categories.ts';
import { evaluationSchema, type Evaluation, type ScoreSet, type SceneScore } from '../schema.ts';
import { chooseWorst } from './choose-worst.ts';
import { lonLatText, share2 } from './format.ts';
import { html } from './html.ts';
import { encodePicture } from './encode-picture.ts';
import { outcomeOf, paintClasses, paintErrors, OUTCOMES } from './paint.ts';
import { niceLength } from './pictures.ts';
import type { ReportData } from './report-data.ts';
import { reportPage } from './report-page.ts';

const EVIL = '<script>alert("x")</script>&\'';

function scoreSet(iou: number | null): ScoreSet {
  const interval = iou === null ? null : { low: iou - 0.1, high: iou + 0.1 };
  return {
    classes: [
      {
        class: EVIL,
        value: 1,
        iou,
        f1: iou,
        precision: iou,
        recall: iou,
        pixels: { truePositive: 5, falsePositive: 2, falseNegative: 3 },
        objects: { labelled: 3, mapped: 4, matched: 2, precision: 0.5, recall: 2 / 3, f1: iou },
        boundary: { precision: iou, recall: iou, f1: iou },
        intervals: { iou: interval, f1: interval, objectF1: interval, boundaryF1: interval },
      },
    ],
    mean: { iou, f1: iou, objectF1: iou, boundaryF1: iou },
    accuracy: iou,
    pixels: { mapped: 10, labelled: 10, labelledUnmapped: 0, scored: iou === null ? 0 : 10 },
    confusion: {
      categories: ['background', EVIL],
      counts:
        iou === null
          ? [
              [0, 0],
              [0, 0],
            ]
          : [
              [4, 2],
              [3, 5],
            ],
    },
    blocks: { count: 3, intervalsReliable: false },
    reliability: {
      pixels: 0,
      expectedCalibrationError: null,
      meanConfidence: null,
      accuracy: null,
      bins: [],
    },
  };
}

function scene(name: string, role: SceneScore['role'], wrong: number[]): SceneScore {
  return {
    scene: name,
    place: EVIL,
    role,
    placeInTraining: true,
    gsdMetres: 0.5,
    labelSources: [EVIL],
    scores: scoreSet(0.5),
    seamScore: null,
    objectsOmitted: null,
    worst: wrong.map((wrongPixels, i) => ({
      scene: name,
      window: { x: i, y: 0, width: 10, height: 10 },
      lonLat: i === 0 ? null : [85.5, -27.6],
      scoredPixels: 100,
      wrongPixels,
      iou: null,
    })),
  };
}

function evaluation(iou: number | null): Evaluation {
  const places = {
    places: [EVIL],
    classes: [{ ...scoreSet(iou).classes[0], class: EVIL, objectF1: iou, boundaryF1: iou }],
  };
  return evaluationSchema.parse({
    version: 1,
    run: 'r1',
    application: EVIL,
    created: '2026-01-01T00:00:00.000Z',
    model: { id: 'm', name: EVIL, variant: 'int8', sha256: 'ab', temperature: null, threshold: 0.5 },
    classes: [{ value: 1, name: EVIL, colour: '#ff0000' }],
    headline: iou === null ? null : { scenes: [EVIL], pooled: scoreSet(iou), meanOverPlaces: places },
    seen: { validation: null, train: { scenes: ['t'], pooled: scoreSet(null), meanOverPlaces: places } },
    scenes: [scene(EVIL, 'unseen', [9, 8, 7, 6]), scene('other', 'unseen', [5]), scene('t', 'train', [99])],
    unscored: [{ scene: EVIL, place: null, code: 'NO_LABELS', reason: EVIL }],
    seamScore: null,
    performance: {
      seconds: 1,
      megapixels: 2,
      megapixelsPerSecond: 2,
      overlapFactor: null,
      peakMemoryMiB: 3,
      workers: 1,
    },
    settings: {
      blockMetres: 50,
      boundaryMetres: 0.6,
      matchIou: 0.5,
      minObjectM2: 4,
      minJudgedShare: 0.5,
      connectivity: 4,
      labelObjects: 'polygons',
      bootstrap: { replicates: 100, seed: 1, level: 0.95 },
      reliabilityBins: 15,
      minReliableBlocks: 20,
      labelSources: null,
    },
    notes: [EVIL],
  });
}

const pictures = {
  image: 'data:a',
  labels: 'data:b',
  map: 'data:c',
  errors: 'data:d',
  width: 4,
  height: 4,
  metresWide: 130,
};

function data(iou: number | null): ReportData {
  const one = evaluation(iou);
  return {
    evaluation: one,
    card: null,
    history: [1, 2, 3].flatMap((step) => [
      { kind: 'train', step, seconds: step, loss: 3 / step },
      { kind: 'validation', step, seconds: step, loss: 4 / step, iou: step / 10 },
    ]),
    scenes: [{ scene: EVIL, pictures, grid: { width: 100, height: 100 } }],
    worst: chooseWorst(one).map((block) => ({
      block,
      pictures,
      frame: { left: 0, top: 0, width: 0.5, height: 0.5 },
    })),
    programVersion: '1.2.3',
  };
}

describe('the page', () => {
  it('escapes every name', () => {
    const page = reportPage(data(0.5));
    expect(page).not.toContain('alert("x")');
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;');
  });

  it('asks for nothing from outside, and forbids it', () => {
    const page = reportPage(data(0.5));
    expect(page).not.toMatch(/https?:|src="(?!data:)|href=|url\(|@import/);
    expect(page).toContain("default-src 'none'");
  });

  it('balances its tags', () => {
    const page = reportPage(data(0.5));
    for (const tag of ['div', 'section', 'table', 'tr', 'td', 'figure', 'svg', 'dl', 'p', 'span']) {
      expect([tag, page.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length]).toEqual([
        tag,
        page.match(new RegExp(`</${tag}\\s*>`, 'g'))?.length,
      ]);
    }
  });

  it('shows what could not be judged as a dash, never as a number', () => {
    const page = reportPage(data(null));
    expect(page).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
    expect(page).toContain('that the model was trained on or chosen by');
    expect(page).toContain('–');
  });

  it('draws the curves of the training, apart by kind, where there is a history', () => {
    const page = reportPage(data(0.5));
    const curves = [...page.matchAll(/<polyline\s+class="([ab])"\s+points="([^"]*)"/g)].map(
      ([, , points]) => points?.split(' ').length,
    );
    expect(page).toContain('How training went');
    expect(curves).toEqual([1, 3, 3, 3]);
    expect(reportPage({ ...data(0.5), history: [] })).not.toContain('How training went');
  });

  it('takes its worst places from unseen scenes, not all from one', () => {
    expect(chooseWorst(evaluation(0.5)).map(({ wrongPixels }) => wrongPixels)).toEqual([9, 8, 7, 5]);
    expect(chooseWorst(evaluation(null)).map(({ wrongPixels }) => wrongPixels)).toEqual([99, 9, 8, 7, 5]);
  });
});

describe('pictures', () => {
  const categories = buildCategories(
    [
      { id: 3, name: 'a', colour: '#ff0000' },
      { id: 9, name: 'b', colour: '#0000ff' },
    ],
    true,
  );
  const image = {
    width: 3,
    height: 2,
    rgba: Uint8Array.from({ length: 24 }, (_, i) => (i % 4 === 3 ? 255 : 100)),
  };

  it('name the outcome of every pair', () => {
    const pairs = [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0],
      [1, 2],
      [255, 1],
      [1, 255],
    ] as const;
    expect(pairs.map(([label, given]) => outcomeOf(label, given, 1))).toEqual([
      null,
      'right',
      'extra',
      'missed',
      'confused',
      null,
      null,
    ]);
  });

  it('paint outcomes and classes where they are, and keep no data transparent', () => {
    const labels = Uint8Array.of(0, 3, 3, 0, 255, 3);
    const map = Uint8Array.of(0, 3, 0, 3, 3, 9);
    image.rgba[3] = 0;
    const errors = paintErrors(image, { map, labels }, categories).rgba;
    const grey = 0.8 * 100 + 20;
    const expected = (colour: string, c: number) =>
      Math.floor(0.38 * grey + 0.62 * Number.parseInt(colour.slice(1 + 2 * c, 3 + 2 * c), 16));
    expect([...errors.subarray(0, 4)]).toEqual([grey, grey, grey, 0]);
    [null, OUTCOMES.right, OUTCOMES.missed, OUTCOMES.extra, null, OUTCOMES.confused].forEach((outcome, i) => {
      if (outcome === null) return;
      for (const c of [0, 1, 2]) expect(errors[i * 4 + c]).toBe(expected(outcome.colour, c));
    });
    expect(errors[16]).toBeLessThan(grey);
    const classes = paintClasses(image, map, categories, 0.5).rgba;
    expect([...classes.subarray(4, 7)]).toEqual([177, 50, 50]);
    expect([...classes.subarray(8, 11)]).toEqual([100, 100, 100]);
    expect([...classes.subarray(20, 23)]).toEqual([50, 50, 177]);
  });

  it('become data URIs', async () => {
    expect(await encodePicture(image)).toMatch(/^data:image\/webp;base64,UklGR/);
  });

  it('have round scale bars', () => {
    expect([130, 49, 5, 2.1, 0.7].map(niceLength)).toEqual([100, 20, 5, 2, 0.5]);
  });
});

describe('markup', () => {
  it('escapes values, passes markup, drops nothings', () => {
    expect(html`<b>${'<i>'}${html`<u>${'&'}</u>`}${null}${false}${[1, 'x']}</b>`.text).toBe(
      '<b>&lt;i&gt;<u>&amp;</u>1x</b>',
    );
  });

  it('writes coordinates and shares for people', () => {
    expect(lonLatText([85.5, -27.61234])).toBe('27.61234° S, 85.50000° E');
    expect([share2(null), share2(0.456)]).toEqual(['–', '0.46']);
  });
});
