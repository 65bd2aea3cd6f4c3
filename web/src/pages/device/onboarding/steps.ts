import type { Answer } from '@/api/types'
import type { Words } from '@/words/words'

export type Device = Answer<'GET /devices/{phy_id}'>

export const STEPS = ['find', 'name', 'ports', 'tariff', 'qr', 'test'] as const
export type Step = (typeof STEPS)[number]

export const TITLES: Record<Step, Words> = {
  find: ['找到设备', 'Find it'],
  name: ['名称与站点', 'Name and station'],
  ports: ['端口', 'Ports'],
  tariff: ['计费', 'Prices'],
  qr: ['二维码', 'QR codes'],
  test: ['试充', 'A charge'],
}

/** What is known of a device on its way. */
export interface Progress {
  device?: Device
  hasPrices: boolean
  hasCharged: boolean
}

/** What is done already, so that one may come back days later and go on. */
export function doneOf({ device, hasPrices, hasCharged }: Progress): ReadonlySet<Step> {
  const done = new Set<Step>()
  if (!device) return done
  done.add('find')
  if (device.station_id != null && device.name) done.add('name')
  if (device.ports.length > 0) done.add('ports')
  if (hasPrices) done.add('tariff')
  if (hasCharged) done.add('test')
  return done
}

/** Where to go on: the first step that is left; codes are printed before the first charge. */
export function nextOf(done: ReadonlySet<Step>): Step {
  return STEPS.find((step) => step !== 'qr' && !done.has(step)) ?? 'test'
}
