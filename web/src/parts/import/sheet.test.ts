import { expect, test } from 'vitest'
import { cellText, csvLine, numberText, parseCsv } from './sheet'

test('quoted cells, both line ends and other separators are read', () => {
  expect(parseCsv('\uFEFFa,b\r\n"x, ""y""",2\n')).toEqual([['a', 'b'], ['x, "y"', '2'], ['']])
  expect(parseCsv('a;b;c\n1;2;3')).toEqual([
    ['a', 'b', 'c'],
    ['1', '2', '3'],
  ])
  expect(parseCsv(csvLine(['a "b"', 'c,d']))).toEqual([['a "b"', 'c,d']])
})

test.each([
  ['82210225000520', '82210225000520'],
  ['4.3499999999999996', '4.35'],
  ['12.34', '12.34'],
  ['1234567890123456', '1234567890123456'],
  ['6222021234567890', '6.22202123456789e+15'],
])('the number %s of a spreadsheet is taken as %s', (written, taken) =>
  expect(numberText(written)).toBe(taken),
)

test('days of a spreadsheet are written as days', () => {
  expect(cellText(new Date('2027-12-31T00:00:00Z'))).toBe('2027-12-31')
  expect(cellText(new Date('2027-12-31T18:00:00Z'))).toContain('18:00')
  expect(cellText(null)).toBe('')
})
