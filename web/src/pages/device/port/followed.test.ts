import { expect, test } from 'vitest'
import { followed, type Port, type Told } from './followed'

const port = (port_no: number, power_w = 0): Port => ({
  phy_id: 'A1',
  device_phy_id: 'A1',
  port_no,
  protocol: 'bkv',
  state: 'idle',
  online: true,
  fault_code: 0,
  power_w,
})
const told = (items: Port[], whole = false): Told => ({
  items,
  whole,
  total: items.length,
  version: '1',
})

test('only those that changed are other objects, in their places', () => {
  const before = [port(1), port(2), port(3)]
  const after = followed(before, told([port(2, 700)]), true)
  expect(after.map(({ power_w }) => power_w)).toEqual([0, 700, 0])
  expect(after[0]).toBe(before[0])
  expect(after[2]).toBe(before[2])
})

test('new ports come where all are shown, and stay away from a page of many', () => {
  expect(followed([port(1)], told([port(9)]), true)).toHaveLength(2)
  expect(followed([port(1)], told([port(9)]), false)).toHaveLength(1)
})

test('an answer of all ports takes the place of what was there', () => {
  const before = [port(1), port(2)]
  const after = followed(before, told([port(2), port(3)], true), true)
  expect(after.map(({ port_no }) => port_no)).toEqual([2, 3])
  expect(after[0]).toBe(before[1])
})
