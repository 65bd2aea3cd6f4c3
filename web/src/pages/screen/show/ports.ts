import type { Answer } from '@/api/types'
import type { Words } from '@/words/words'
import { COLOURS } from './options'

export type PortCounts = Answer<'GET /screen/port-status'>
export type PortState = Exclude<keyof PortCounts, 'total'>

/** What ports may be doing, in the order in which it is told. */
export const PORT_STATES: readonly {
  state: PortState
  name: Words
  colour: string
  /** Told also when there is none. */
  always?: boolean
}[] = [
  { state: 'charging', name: ['充电中', 'Charging'], colour: COLOURS.charging, always: true },
  { state: 'idle', name: ['空闲', 'Free'], colour: COLOURS.idle, always: true },
  { state: 'plugged', name: ['已插枪', 'Plugged in'], colour: COLOURS.plugged, always: true },
  { state: 'reserved', name: ['已预约', 'Reserved'], colour: COLOURS.reserved },
  { state: 'fault', name: ['故障', 'Fault'], colour: COLOURS.fault, always: true },
  { state: 'offline', name: ['离线', 'Offline'], colour: COLOURS.offline, always: true },
  { state: 'disabled', name: ['停用', 'Disabled'], colour: COLOURS.disabled },
  { state: 'unknown', name: ['未知', 'Unknown'], colour: COLOURS.unknown },
]

/** A place is faulty when one in so many of its ports is. */
const FAULTY = 10

/** The state that a place is coloured by: what somebody has to look at first. */
export function stateOf(ports: PortCounts): PortState {
  if (ports.total === 0) return 'unknown'
  if (ports.offline === ports.total) return 'offline'
  // One port of many out of order is no reason to paint a city red.
  if (ports.fault > 0 && ports.fault * FAULTY >= ports.total) return 'fault'
  return ports.charging > 0 ? 'charging' : 'idle'
}

export function sumOf(all: readonly PortCounts[]): PortCounts {
  const sum: PortCounts = {
    total: 0,
    idle: 0,
    plugged: 0,
    charging: 0,
    reserved: 0,
    fault: 0,
    disabled: 0,
    unknown: 0,
    offline: 0,
  }
  for (const each of all) {
    sum.total += each.total
    for (const { state } of PORT_STATES) sum[state] += each[state]
  }
  return sum
}
