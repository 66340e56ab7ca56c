import { expect, it } from 'vitest';
import { describedDate, isoDate, nitfDate, tiffDate } from './acquisition-time.ts';

it.each([
  [tiffDate, '2021:06:05 10:20:30', '2021-06-05T10:20:30.000Z'],
  [tiffDate, '0000:00:00 00:00:00', null],
  [tiffDate, '2021:13:05 10:20:30', null],
  [tiffDate, undefined, null],
  [nitfDate, '20190307112233', '2019-03-07T11:22:33.000Z'],
  [nitfDate, '20190307------', '2019-03-07T00:00:00.000Z'],
  [nitfDate, '07112233ZMAR19', '2019-03-07T11:22:33.000Z'],
  [nitfDate, '07112233ZMAY98', '1998-05-07T11:22:33.000Z'],
  [nitfDate, '07112233ZXXX19', null],
  [isoDate, '2020-02-03', '2020-02-03T00:00:00.000Z'],
  [isoDate, '2020-02-03T04:05', '2020-02-03T04:05:00.000Z'],
  [isoDate, '2020-02-03T04:05:06.789+05:45', '2020-02-02T22:20:06.000Z'],
  [isoDate, '2020-02-30', null],
  [isoDate, 'yesterday', null],
  [describedDate, '{"acquisitionDate": "2018-08-18T09:10:11Z", "sensor": "x"}', '2018-08-18T09:10:11.000Z'],
  [describedDate, 'sensor=x; acquisition_date=2018-08-18', '2018-08-18T00:00:00.000Z'],
  [describedDate, 'a picture', null],
])('%o reads %s as %s', (read, text, expected) => {
  expect(read(text)).toBe(expected);
});
