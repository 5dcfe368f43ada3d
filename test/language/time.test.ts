import { describe, expect, test } from 'vitest'
import { readCalendar } from '../../src/language/calendar.ts'
import { fold } from '../../src/language/normalise.ts'
import { readTimes } from '../../src/language/time.ts'
import { windowOf } from '../../src/language/window.ts'
import { Catalog } from '../../src/policy/schema.ts'

/** Monday, 23 November 2026, 10:00 in Berlin, unless said otherwise. */
function read(words: string, now = '2026-11-23T09:00:00Z', catalog: object = {}): string {
  const calendar = readCalendar(Catalog.parse({ timezone: 'Europe/Berlin', ...catalog }), new Date(now))
  const { window, doubt } = windowOf(readTimes(fold(words), calendar), calendar)
  if (doubt !== undefined) return 'asks'
  if (window === undefined) return 'no time'
  return [window.start ?? '', window.end ?? '', window.duration ?? '']
    .join(' .. ')
    .replace(/^ \.\. | \.\. $/g, '')
    .replace(/^ \.\. /, '')
}

describe('ends', () => {
  test.each([
    ['until Friday', '2026-11-27T23:59:59+01:00'],
    ['until Fri 18:00', '2026-11-27T18:00:00+01:00'],
    ['until 27 Nov', '2026-11-27T23:59:59+01:00'],
    ['until 1 December', '2026-12-01T23:59:59+01:00'],
    ['until 27/11', '2026-11-27T23:59:59+01:00'],
    ['until 2026-11-27', '2026-11-27T23:59:59+01:00'],
    ['until 2026-11-27T18:00:00Z', '2026-11-27T19:00:00+01:00'],
    ['until 18:00 UTC', '2026-11-23T19:00:00+01:00'],
    ['till eod', '2026-11-23T23:59:59+01:00'],
    ['until end of month', '2026-11-30T23:59:59+01:00'],
    ['until the end of the week', '2026-11-27T23:59:59+01:00'],
    ['until next Monday', '2026-11-30T23:59:59+01:00'],
    ['bis morgen 18 Uhr', '2026-11-24T18:00:00+01:00'],
    ['hasta el viernes', '2026-11-27T23:59:59+01:00'],
    ["jusqu'à vendredi", '2026-11-27T23:59:59+01:00'],
    ['hasta mañana', '2026-11-24T23:59:59+01:00'],
    ['hasta mañana a las 15:00', '2026-11-24T15:00:00+01:00'],
    ["jusqu'à vendredi soir 20h", '2026-11-27T20:00:00+01:00'],
    ['until friday evening', 'asks'],
    ['until friday evening 08:00', 'asks'],
    ['hasta mañana por la mañana', 'asks'],
  ])('%s', (words, end) => expect(read(words)).toBe(end))
})

describe('spans and lengths', () => {
  test.each([
    ['for 2 hours', 'PT2H'],
    ['for a week', 'P1W'],
    ['1.5 hours', 'PT1H30M'],
    ['for half an hour', 'PT30M'],
    ['für 2 Stunden', 'PT2H'],
    ['tomorrow 9-17', '2026-11-24T09:00:00+01:00 .. 2026-11-24T17:00:00+01:00'],
    ['from Tuesday 9:00 to 17:00', '2026-11-24T09:00:00+01:00 .. 2026-11-24T17:00:00+01:00'],
    ['22:00-02:00', '2026-11-23T22:00:00+01:00 .. 2026-11-24T02:00:00+01:00'],
    ['next week', '2026-11-30T00:00:00+01:00 .. 2026-12-06T23:59:59+01:00'],
    ['in CW49', '2026-11-30T00:00:00+01:00 .. 2026-12-06T23:59:59+01:00'],
    ['from tomorrow for 2 hours', '2026-11-24T00:00:00+01:00 .. 2026-11-24T02:00:00+01:00'],
  ])('%s', (words, window) => expect(read(words)).toBe(window))
})

describe('what has no one meaning is asked', () => {
  test.each([
    'for a while',
    'until 6',
    'until tonight',
    'permanently',
    'until next Friday',
    'until Monday',
    'until CW49',
    'until 31.02.',
    'until 12/13',
    'every Monday',
    'until we are done',
    'until 8am',
    'by Friday',
    'until Thursday 27 Nov',
    'until yesterday',
    'until Friday for 2 hours',
    'until 18:00 IST',
    'Mon-Fri',
    'until March',
  ])('%s', (words) => expect(read(words)).toMatch(/asks/))
})

test('addresses, versions and plain talk are no times', () => {
  expect(read('from 10.44.0.1')).toBe('no time')
  expect(read('for the audit')).toBe('no time')
})

test('the order of day and month is the catalogue’s, and never guessed the other way round', () => {
  expect(read('until 12/11/2027', undefined, { calendar: { dateOrder: 'MDY' } })).toBe('2027-12-11T23:59:59+01:00')
  expect(read('until 12/11/2027')).toBe('2027-11-12T23:59:59+01:00')
})

test('daylight saving: an end in the doubled hour is the earlier one, days keep their own offset', () => {
  expect(read('until tomorrow 2:30', '2026-10-24T09:00:00Z')).toBe('2026-10-25T02:30:00+02:00')
  expect(read('until tomorrow', '2026-10-24T09:00:00Z')).toBe('2026-10-25T23:59:59+01:00')
  expect(read('until tomorrow 2:30', '2026-03-28T09:00:00Z')).toBe('2026-03-29T01:30:00+01:00')
})

test('an unknown time zone makes every time a question', () => {
  expect(read('until Friday', undefined, { timezone: 'Mars/Olympus' })).toBe('asks')
})
