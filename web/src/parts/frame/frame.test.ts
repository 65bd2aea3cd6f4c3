import { expect, it } from 'vitest'
import { digitsOf, fieldsOf, framesOf, rowsOf } from './frame'

const FIELD = {
  offset: 6,
  length: 7,
  hex: '32010600013534',
  name: 'pile_code',
  value: '32010600013534',
  meaning: null,
  about: 'pile number',
}

it('a field keeps its place and what it says', () => {
  expect(fieldsOf([FIELD])).toEqual([
    {
      name: 'pile_code',
      offset: 6,
      length: 7,
      value: '32010600013534',
      meaning: '',
      about: 'pile number',
    },
  ])
  expect(fieldsOf([{ ...FIELD, value: null }])[0]?.value).toBe('–')
  expect(fieldsOf(undefined)).toEqual([])
})

it('a capture has many frames, and bytes that are none say why', () => {
  const part = { valid: true, hex: 'aa', protocol: 'ykc', title: 'heartbeat', fields: [FIELD] }
  expect(framesOf({ valid: true, parts: [part, part] }, 'aaaa').map(({ hex }) => hex)).toEqual([
    'aa',
    'aa',
  ])
  expect(
    framesOf({ valid: false, error: 'magic', detail: 'begins with 01' }, '0102'),
  ).toMatchObject([{ hex: '0102', valid: false, trouble: 'begins with 01', fields: [] }])
})

it('digits are read however they are written', () => {
  expect(digitsOf('0xfc fe:00\n1a')).toBe('FCFE001A')
})

it('bytes stand in rows of sixteen', () => {
  expect(rowsOf('00'.repeat(17)).map(({ length }) => length)).toEqual([16, 1])
})
