import { describe, expect, it } from 'vitest'
import { fieldsOf, rowsOf } from './located'

const HEX = 'FCFE001A00210006A3C10182241218000382089D04000000001623DDFCEE'
const place = (decoded: unknown) => {
  const [field] = fieldsOf(decoded, HEX)
  return field && [field.from, field.to]
}

describe('the place of a value in a frame', () => {
  it('is found for digits, hexadecimal words and numbers', () => {
    expect(place({ gateway_id: '82241218000382' })).toEqual([11, 18])
    expect(place({ seq: '0x0006a3c1' })).toEqual([6, 10])
    expect(place({ voltage_dv: 2205 })).toEqual([18, 20])
  })
  it('is found where the last byte comes first', () => {
    expect(place({ voltage_dv: 0x9d08 })).toEqual([18, 20])
  })
  it('is not guessed for what is too short or there more than once', () => {
    expect(place({ signal: 22 })).toEqual([undefined, undefined])
    expect(fieldsOf({ a: 0x0102 }, '01020102')[0]?.from).toBeUndefined()
  })
  it('is not found between two bytes', () => {
    expect(fieldsOf({ a: 0x1234 }, '01234F')[0]?.from).toBeUndefined()
  })
  it('is told of fields within fields', () => {
    expect(fieldsOf({ ports: [{ energy: 4660 }] }, 'AA1234')).toEqual([
      { name: 'ports[0].energy', value: '4660', from: 1, to: 3 },
    ])
  })
})

it('bytes stand in rows of sixteen', () => {
  expect(rowsOf('00'.repeat(17)).map(({ length }) => length)).toEqual([16, 1])
})
