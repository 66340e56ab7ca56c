import { NO_CLASS, type ClassRecord } from '../model/class-record.ts';

export interface Category {
  /** Value in class maps and label rasters. */
  readonly value: number;
  readonly name: string;
  readonly colour: string;
}

/** Marks, in `Categories.indexOf`, values that name no category. */
export const NO_CATEGORY = 255;

/** The values that take part in an evaluation: background (where the application has one) and its classes, in order. */
export interface Categories {
  readonly all: readonly Category[];
  /** Index into `all` of the first real class: 1 with background, else 0. */
  readonly firstClass: number;
  /** Raster value -> index into `all`, or NO_CATEGORY. */
  readonly indexOf: Uint8Array;
}

/** "None of the classes", where the application has it. */
export const BACKGROUND: Category = { value: 0, name: 'background', colour: '#8a8a8a' };

/** Without background, value 0 makes no statement, like 255. */
export function buildCategories(classes: readonly ClassRecord[], background: boolean): Categories {
  const real = classes.map(({ id, name, colour }) => ({ value: id, name, colour }));
  const all = background ? [BACKGROUND, ...real] : real;
  const indexOf = new Uint8Array(256).fill(NO_CATEGORY);
  all.forEach(({ value }, i) => {
    if (value !== NO_CLASS) indexOf[value] = i;
  });
  return { all, firstClass: background ? 1 : 0, indexOf };
}

export const classCount = (categories: Categories): number => categories.all.length - categories.firstClass;
