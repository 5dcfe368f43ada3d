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

/** As people say it on a Tuesday, 24 November 2026, 10:00 in Berlin. */
const onTuesday = (words: string): string => read(words, '2026-11-24T09:00:00Z')

describe('ends, told in other words', () => {
  test.each([
    ['until close of play tomorrow', '2026-11-25T23:59:59+01:00'],
    ['until COB Friday', '2026-11-27T23:59:59+01:00'],
    ['through Thursday', '2026-11-26T23:59:59+01:00'],
    ['through next week', '2026-12-06T23:59:59+01:00'],
    ['for the rest of the week', '2026-11-27T23:59:59+01:00'],
    ['for the day', '2026-11-24T23:59:59+01:00'],
    ['until midnight tonight', '2026-11-25T00:00:00+01:00'],
    ['until this time next week', '2026-12-01T10:00:00+01:00'],
    ['until tomorrow evening at 19:00', '2026-11-25T19:00:00+01:00'],
    ['until two weeks from now', '2026-12-08T10:00:00+01:00'],
    ['until a week from Friday', '2026-12-04T23:59:59+01:00'],
    ['until end of Q1', '2027-03-31T23:59:59+02:00'],
    ['until the end of next quarter', '2027-03-31T23:59:59+02:00'],
    ['until the end of week 50', '2026-12-11T23:59:59+01:00'],
    ['bis morgen Abend um 19 Uhr', '2026-11-25T19:00:00+01:00'],
    ['bis Freitagmittag', '2026-11-27T12:00:00+01:00'],
    ['bis Ende KW 50', '2026-12-11T23:59:59+01:00'],
    ['bis Ende nächsten Monats', '2026-12-31T23:59:59+01:00'],
    ['hasta finales de la semana que viene', '2026-12-04T23:59:59+01:00'],
    ['hasta el día 15', '2026-12-15T23:59:59+01:00'],
    ['hasta el viernes a las 6 de la tarde', '2026-11-27T18:00:00+01:00'],
    ["d'ici vendredi", '2026-11-27T23:59:59+01:00'],
    ["jusqu'à vendredi 8h du soir", '2026-11-27T20:00:00+01:00'],
    ["jusqu'à la fin du trimestre", '2026-12-31T23:59:59+01:00'],
  ])('%s', (words, end) => expect(onTuesday(words)).toBe(end))
})

describe('days and hours, told in other words', () => {
  const day = (start: string, end = start): string => `2026-${start}T00:00:00+01:00 .. 2026-${end}T23:59:59+01:00`
  const hours = (start: string, end: string): string => `2026-${start}:00+01:00 .. 2026-${end}:00+01:00`
  test.each([
    ['first thing tomorrow', day('11-25')],
    ['Monday to Wednesday', day('11-30', '12-02')],
    ['Mon-Wed next week', day('11-30', '12-02')],
    ['next week until Thursday', day('11-30', '12-03')],
    ['Thursday and Friday', day('11-26', '11-27')],
    ['from 1 to 5 December', day('12-01', '12-05')],
    ['Dec 1-5', day('12-01', '12-05')],
    ['vom 1. bis 5. Dezember', day('12-01', '12-05')],
    ['du 1er au 5 décembre', day('12-01', '12-05')],
    ['du lundi au mercredi', day('11-30', '12-02')],
    ['el mes que viene', day('12-01', '12-31')],
    ['tomorrow 2-4pm', hours('11-25T14:00', '11-25T16:00')],
    ['Thursday between 2 and 4pm', hours('11-26T14:00', '11-26T16:00')],
    ['Thursday 9 to 5', hours('11-26T09:00', '11-26T17:00')],
    ['9-5 tomorrow', hours('11-25T09:00', '11-25T17:00')],
    ['from 1pm to 3', hours('11-24T13:00', '11-24T15:00')],
    ['11am to 1', hours('11-24T11:00', '11-24T13:00')],
    ['tomorrow afternoon from 2 to 5', hours('11-25T14:00', '11-25T17:00')],
    ['morgen früh von 6 bis 8', hours('11-25T06:00', '11-25T08:00')],
    ['morgen zwischen 10 und 12', hours('11-25T10:00', '11-25T12:00')],
    ['demain entre 10h et 12h', hours('11-25T10:00', '11-25T12:00')],
    ['de 22h à 2h', hours('11-24T22:00', '11-25T02:00')],
    ['heute Nacht 22 bis 2 Uhr', hours('11-24T22:00', '11-25T02:00')],
    ['22:00-02:00 tonight', hours('11-24T22:00', '11-25T02:00')],
    ['from 10pm tonight to 2am', hours('11-24T22:00', '11-25T02:00')],
    ['saturday night 10pm to sunday 4am', hours('11-28T22:00', '11-29T04:00')],
    ['tomorrow at 10 for two hours', hours('11-25T10:00', '11-25T12:00')],
    ['um 14 Uhr für 2 Stunden', hours('11-24T14:00', '11-24T16:00')],
  ])('%s', (words, window) => expect(onTuesday(words)).toBe(window))

  test('hours without a half of the day are asked about, never stretched over the night', () => {
    expect(onTuesday('tomorrow 2 to 4')).toBe('asks')
    expect(onTuesday('friday 9:00 to 5:00')).toBe('asks')
  })
})

describe('lengths, told in other words', () => {
  test.each([
    ['for a fortnight', 'P2W'],
    ['an hour and a half', 'PT1H30M'],
    ['for one and a half hours', 'PT1H30M'],
    ['für anderthalb Stunden', 'PT1H30M'],
    ['eine Viertelstunde', 'PT15M'],
    ['une heure et demie', 'PT1H30M'],
    ['for 2h30', 'PT2H30M'],
    ['for twenty-four hours', 'PT24H'],
    ['another week', 'P1W'],
    ['dos semanas más', 'P2W'],
  ])('%s', (words, length) => expect(onTuesday(words)).toBe(length))

  test.each(['for an hour or two', 'for 2-3 days', 'pour une quinzaine', 'für ein paar Tage', 'jeden Freitag'])(
    '%s is asked',
    (words) => expect(onTuesday(words)).toBe('asks'),
  )
})

describe('several times in one message', () => {
  test.each([
    ['this week, until Friday 20:00', '2026-11-27T20:00:00+01:00'],
    ['today only, until 18:00', '2026-11-24T18:00:00+01:00'],
    ['tomorrow, but only until 18:00', '2026-11-25T00:00:00+01:00 .. 2026-11-25T18:00:00+01:00'],
    ['for 2 hours (2h)', 'PT2H'],
    ['for a few days - until Thursday', '2026-11-26T23:59:59+01:00'],
  ])('%s: the narrower one that lies within the other', (words, window) => expect(onTuesday(words)).toBe(window))

  test.each([
    'until Friday, until Thursday',
    'this week, until Monday',
    'Thursday and Saturday',
    'for 2 hours, 3 hours',
  ])('%s: which one is asked', (words) => expect(onTuesday(words)).toBe('asks'))
})

test.each([
  ['untilfriday', '2026-11-27T23:59:59+01:00'],
  ['til5pm', '2026-11-24T17:00:00+01:00'],
  ['untl wednsday', '2026-11-25T23:59:59+01:00'],
  ['unitl thrusday', '2026-11-26T23:59:59+01:00'],
  ['for 30 mintues', 'PT30M'],
])('%s: one slip in a word of time is understood', (words, window) => expect(onTuesday(words)).toBe(window))

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
