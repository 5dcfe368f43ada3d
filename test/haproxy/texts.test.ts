import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactText, hasText, prefixText, type TextSet, uniteText } from '../../src/flow/text-set.ts'
import { readExpression } from '../../src/haproxy/config/expression.ts'
import { isUnknown } from '../../src/haproxy/exchange.ts'
import { printSample } from '../../src/haproxy/samples/casts.ts'
import { convert } from '../../src/haproxy/samples/converters.ts'
import { cookieValues } from '../../src/haproxy/samples/cookie-values.ts'
import { openMaps } from '../../src/haproxy/samples/maps.ts'
import { beforeConverter } from '../../src/haproxy/texts/converted-texts.ts'
import {
  beforeCookie,
  beforeList,
  beforeParameter,
  countedList,
  ODD_COOKIES,
} from '../../src/haproxy/texts/list-texts.ts'
import { regexTexts } from '../../src/haproxy/texts/regex-texts.ts'

const NO_MAPS = openMaps(new Map())
const over = (letters: string, maxLength = 9) =>
  fc.array(fc.constantFrom(...letters), { maxLength }).map((chars) => chars.join(''))

/** Sets of texts to want, with how to tell them without an automaton. */
const WANTED: readonly (readonly [TextSet, (text: string) => boolean])[] = [
  [exactText('a'), (text) => text === 'a'],
  [exactText(''), (text) => text === ''],
  [uniteText(prefixText('b'), exactText('ab')), (text) => text.startsWith('b') || text === 'ab'],
]

function checkRegex(pattern: string, letters: string, fold = false, plain = pattern): void {
  const texts = regexTexts(pattern, { fold })
  if (!texts) throw new Error(`${pattern} is not decided`)
  const regex = new RegExp(plain, fold ? 'i' : '')
  fc.assert(
    fc.property(over(letters), (text) => {
      expect(hasText(texts, text), text).toBe(regex.test(text))
    }),
  )
}

describe('regular expressions as sets of texts', () => {
  test('hold exactly the texts in which the expression finds something', () => {
    checkRegex('^/(a|api)(/.*)?$', '/apix')
    checkRegex('^/(?:d|s)/', '/dsx')
    checkRegex('[^/]+\\.(png|jpg)$', '/.pngj')
    checkRegex('^/api/v[0-9]{1,2}$', '/apiv12')
    checkRegex('ab{2,}c|^$', 'abc')
    checkRegex('^(www\\.)?a\\.', 'wa.W', true)
    checkRegex('SRV=c[12]', 'SRV=c123')
    checkRegex('^\\w+$', 'a_/9 ')
    checkRegex('\\d', 'a1')
    checkRegex('a+?b*(c|)$', 'abc')
    checkRegex('(^|,)x($|,)', ',xy')
    checkRegex('[a-c^-]x', 'abcd^-x')
    checkRegex('[^A-C]x', 'abcABCx', true)
    checkRegex('a(b(c|d)){2}', 'abcd')
    checkRegex('b$|^a', 'ab')
    checkRegex('.', 'a')
    checkRegex('^[[:digit:]b]+$', '1ab', false, '^[0-9b]+$')
    checkRegex('(?i)^A', 'aA', false, '^[aA]')
  })

  test('leave open what is not regular, or what PCRE reads in its own way', () => {
    for (const pattern of ['(a)\\1', '(?=a)b', 'a\\b', 'a++', 'a{200}', '\\x41', '\\Qa\\E', 'é'])
      expect(regexTexts(pattern, { fold: false }), pattern).toBeUndefined()
  })
})

describe('values inside a text', () => {
  test('parameters are found as the request evaluator finds them', () => {
    const values = (query: string) =>
      query.split(/[&;?]/).flatMap((pair) => (pair.startsWith('p=') ? [pair.slice('p='.length)] : []))
    for (const [wanted, wants] of WANTED) {
      const [any, first] = [beforeParameter(wanted, 'p', 'any'), beforeParameter(wanted, 'p', 'first')]
      if (!any || !first) throw new Error('too large')
      fc.assert(
        fc.property(over('p=a&;?b', 12), (query) => {
          expect(hasText(any, query), query).toBe(values(query).some(wants))
          expect(hasText(first, query), query).toBe(values(query).slice(0, 1).some(wants))
        }),
      )
    }
  })

  test('cookies are found as the request evaluator finds them, but for odd lines', () => {
    for (const [wanted, wants] of WANTED) {
      const [any, last] = [beforeCookie(wanted, 'c', 'any'), beforeCookie(wanted, 'c', 'last')]
      if (!any || !last) throw new Error('too large')
      fc.assert(
        fc.property(over('c=a; b', 14), (line) => {
          expect(hasText(ODD_COOKIES, line)).toBe(false)
          expect(hasText(any, line), line).toBe(cookieValues(line, 'c').some(wants))
          expect(hasText(last, line), line).toBe(cookieValues(line, 'c').slice(-1).some(wants))
        }),
        { numRuns: 400 },
      )
    }
    for (const line of ['c="a"', 'c=a,c=b', 'c=\\"']) expect(hasText(ODD_COOKIES, line)).toBe(true)
  })

  test('the first, the last and any value of a list, and how many there are', () => {
    for (const [wanted, wants] of WANTED)
      fc.assert(
        fc.property(over('ab, ', 12), (line) => {
          const values = line.split(',').map((value) => value.trim())
          expect(hasText(beforeList(wanted, 'any'), line), line).toBe(values.some(wants))
          expect(hasText(beforeList(wanted, 'first'), line), line).toBe(values.slice(0, 1).some(wants))
          expect(hasText(beforeList(wanted, 'last'), line), line).toBe(values.slice(-1).some(wants))
          expect(
            hasText(
              countedList((count) => count === 2),
              line,
            ),
          ).toBe(values.length === 2)
        }),
      )
  })

  test('converters are undone as they are done', () => {
    const converters = [
      'lower',
      'upper',
      'host_only',
      'field(1,:)',
      'field(2,:/)',
      'field(-1,.)',
      'word(1,/)',
      'word(2,/.)',
      'word(-1,/)',
      'bytes(1)',
      'bytes(1,2)',
      'url_dec',
    ]
    for (const written of converters) {
      const call = readExpression(`str(),${written}`)?.converters[0]
      if (!call) throw new Error(written)
      for (const [wanted, wants] of WANTED) {
        const texts = beforeConverter(wanted, call, NO_MAPS)
        if (!texts) throw new Error(`${written} is not undone`)
        fc.assert(
          fc.property(over('abAB:/.%612?+'), (text) => {
            const sample = convert({ type: 'str', text }, call, { maps: NO_MAPS, variable: () => undefined })
            const wantedNow = sample !== undefined && !isUnknown(sample) && wants(printSample(sample))
            expect(hasText(texts, text), `${written} of ${text}`).toBe(wantedNow)
          }),
        )
      }
    }
  })
})
