import type { Row } from '@/api/types'
import { expect, test } from 'vitest'
import { kindOfTyped, strangersOf } from './strangers'

const line = (at_ms: number, more: Partial<Row<'/noise'>> = {}): Row<'/noise'> => ({
  id: String(at_ms),
  at_ms,
  ip: '10.0.0.1',
  direction: 'up',
  type: 'noise',
  raw_hex: '00',
  ...more,
})

test('frames of one device are one stranger, with what it said last', () => {
  const strangers = strangersOf([
    line(5, { device_phy_id: 'A', raw_hex: '05' }),
    line(9, { device_phy_id: 'A', raw_hex: '09', ip: '10.0.0.2' }),
    line(7, { raw_hex: '07' }),
    line(8, { direction: 'down' }),
  ])
  expect(strangers.map(({ phyId, ip, frames, said }) => [phyId, ip, frames, said])).toEqual([
    ['A', '10.0.0.2', 2, '09'],
    [undefined, '10.0.0.1', 1, '07'],
  ])
})

test('addresses are told from numbers', () => {
  expect(['10.0.0.1', 'fe80::1', '82210225000520', '040034DD', 'a b'].map(kindOfTyped)).toEqual([
    'ip',
    'ip',
    'phy_id',
    'phy_id',
    undefined,
  ])
})
