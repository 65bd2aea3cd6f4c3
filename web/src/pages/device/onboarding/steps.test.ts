import { expect, test } from 'vitest'
import { doneOf, nextOf, type Device } from './steps'

const device: Device = {
  device_id: 1,
  device_phy_id: 'A1',
  created_at: 0,
  online: true,
  status: 'registered',
  active_orders: [],
  learnt: {},
  allow_networks: [],
  pinned: {},
  ports: [],
}

test('nothing is known of a device that was not found', () => {
  const done = doneOf({ hasPrices: true, hasCharged: true })
  expect([...done]).toEqual([])
  expect(nextOf(done)).toBe('find')
})

test('somebody who comes back goes on where something is left', () => {
  const placed = { ...device, name: '1', station_id: 4 }
  expect(nextOf(doneOf({ device, hasPrices: false, hasCharged: false }))).toBe('name')
  expect(nextOf(doneOf({ device: placed, hasPrices: true, hasCharged: false }))).toBe('ports')
})

test('a device that has charged is through', () => {
  const port = { port_no: 1, state: 'idle', status: 0, fault_code: 0, power_w: 0 }
  const whole = { ...device, name: '1', station_id: 4, ports: [port] }
  expect(nextOf(doneOf({ device: whole, hasPrices: true, hasCharged: true }))).toBe('test')
})
