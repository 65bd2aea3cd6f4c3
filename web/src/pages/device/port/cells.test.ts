import { expect, test } from 'vitest'
import { countGroups, groupOf, renewed, type PortCell } from './cells'

const port = (port_no: number, more: Partial<PortCell> = {}): PortCell => ({
  phy_id: 'A1',
  port_no,
  state: 'idle',
  online: true,
  power_w: 0,
  ...more,
})

test('a port that cannot be reached is offline, whatever it said last', () => {
  expect(groupOf(port(1, { online: false, state: 'charging' }))).toBe('offline')
  expect(groupOf(port(1, { state: 'suspended' }))).toBe('charging')
  expect(groupOf(port(1, { state: 'finishing' }))).toBe('busy')
  expect(groupOf(port(1, { state: 'unknown' }))).toBe('idle')
})

test('only what has changed is another object, so that only that is drawn again', () => {
  const before = [port(1), port(2)]
  const now = renewed(before, [port(1), port(2, { power_w: 120 }), port(3)])
  expect(now[0]).toBe(before[0])
  expect(now[1]).not.toBe(before[1])
  expect(now).toHaveLength(3)
})

test('every port counts once', () => {
  const counts = countGroups([port(1), port(2, { state: 'fault' }), port(3, { state: 'charging' })])
  expect(counts).toEqual({ charging: 1, idle: 1, busy: 0, fault: 1, offline: 0 })
})
