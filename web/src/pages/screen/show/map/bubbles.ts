import type { Answer } from '@/api/types'
import { stateOf, sumOf, type PortCounts, type PortState } from '../ports'
import { down, type View } from './project'

export type Station = Answer<'GET /screen/map'>['stations'][number]

/** Stations that are shown as one: of an area, or near to each other. */
export interface Bubble {
  key: string
  /** The area that it stands for; without one it stands for stations. */
  area?: string
  stations: readonly Station[]
  ports: PortCounts
  state: PortState
  ratedW: number
  powerW: number
  /** Where in the view, in parts of it. */
  left: number
  top: number
  /** In pixels of the drawing. */
  radius: number
}

/** What is looked at: everything, an area, or a handful of stations. */
export type Focus = { area: string } | { stations: ReadonlySet<number> }

/** Significant digits of an area's code: none for the country. */
const digits = (area: string) => area.replace(/(00)+$/, '')
/** A code whose own digits end in zeros, such as 110100, is told by the pairs. */
export const levelOf = (area: string): number => Math.ceil(digits(area).length / 2)

/** The area of the next level that a station lies in. */
export function childOf(station: Station, level: number): string | undefined {
  const code = station.area_code
  if (!code || levelOf(code) <= level) return undefined
  return code.slice(0, (level + 1) * 2).padEnd(6, '0')
}

export const within = (stations: readonly Station[], focus: Focus): Station[] =>
  'area' in focus
    ? stations.filter(
        ({ area_code }) => area_code?.startsWith(pairsOf(focus.area)) ?? focus.area === '',
      )
    : stations.filter(({ station_id }) => focus.stations.has(station_id))

const pairsOf = (area: string) => area.slice(0, levelOf(area) * 2)

/** Districts are the last areas: below them stations are shown. */
const DISTRICT = 3

/** Stations by the areas of the next level; those without, and all of a district, alone. */
function groups(stations: readonly Station[], focus: Focus): [string | undefined, Station[]][] {
  const level = 'area' in focus ? levelOf(focus.area) : DISTRICT
  const areas = new Map<string, Station[]>()
  const alone: [undefined, Station[]][] = []
  for (const station of stations) {
    const area = level < DISTRICT ? childOf(station, level) : undefined
    if (!area) alone.push([undefined, [station]])
    else if (areas.has(area)) areas.get(area)?.push(station)
    else areas.set(area, [station])
  }
  return [...areas, ...alone]
}

/** Follows an area down as long as everything lies in one of the next level. */
export function onlyWay(stations: readonly Station[], focus: Focus): Focus {
  if (!('area' in focus)) return focus
  const found = groups(within(stations, focus), focus)
  const [first] = found
  return found.length === 1 && first?.[0] ? onlyWay(stations, { area: first[0] }) : focus
}

const [LEAST, MOST] = [10, 30]
const mean = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0) / all.length

/** What is drawn: sized by rated power, coloured by state, near ones together. */
export function bubbles(
  stations: readonly Station[],
  focus: Focus,
  view: View,
  size: { width: number; height: number },
): Bubble[] {
  const shown = groups(within(stations, focus), focus)
  const most = Math.max(...shown.map(([, of]) => ratedOf(of)), 1)
  const made = shown.map(([area, of]) => bubbleOf(area, of, view, most))
  return apart(together(made, view, size, most), size)
}

const ratedOf = (stations: readonly Station[]) =>
  stations.reduce((sum, { rated_w }) => sum + rated_w, 0)

function bubbleOf(
  area: string | undefined,
  stations: readonly Station[],
  view: View,
  most: number,
): Bubble {
  const ports = sumOf(stations.map((station) => station.ports))
  const ratedW = ratedOf(stations)
  return {
    key: area ?? stations.map(({ station_id }) => station_id).join('-'),
    area,
    stations,
    ports,
    state: stateOf(ports),
    ratedW,
    powerW: stations.reduce((sum, { power_w }) => sum + power_w, 0),
    left: (mean(stations.map(({ lng }) => lng)) - view.x) / view.width,
    top: (mean(stations.map(({ lat }) => down(lat))) - view.y) / view.height,
    radius: LEAST + (MOST - LEAST) * Math.sqrt(Math.min(ratedW / most, 1)),
  }
}

/** Bubbles may cover each other by a little. */
const CLOSE = 0.75

/** Stations whose bubbles would cover each other become one; areas stay what they are. */
function together(
  made: readonly Bubble[],
  view: View,
  { width, height }: { width: number; height: number },
  most: number,
): Bubble[] {
  const kept: Bubble[] = []
  for (const bubble of [...made].sort((a, b) => b.ratedW - a.ratedW)) {
    const near = bubble.area
      ? -1
      : kept.findIndex(
          (other) =>
            !other.area &&
            Math.hypot((other.left - bubble.left) * width, (other.top - bubble.top) * height) <
              (other.radius + bubble.radius) * CLOSE,
        )
    const other = kept[near]
    if (other) kept[near] = bubbleOf(undefined, [...other.stations, ...bubble.stations], view, most)
    else kept.push(bubble)
  }
  return kept
}

const ROUNDS = 12

/** Areas that lie close give way to each other, so that each can be read and clicked. */
function apart(
  all: readonly Bubble[],
  { width, height }: { width: number; height: number },
): Bubble[] {
  const moved = all.map((bubble) => ({ ...bubble }))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, one] of moved.entries()) {
      for (const other of moved.slice(index + 1)) {
        if (!one.area || !other.area) continue
        const [x, y] = [(other.left - one.left) * width, (other.top - one.top) * height]
        const distance = Math.hypot(x, y) || 1
        const push = Math.max(one.radius + other.radius - distance, 0) / 2 / distance
        one.left -= (x * push) / width
        one.top -= (y * push) / height
        other.left += (x * push) / width
        other.top += (y * push) / height
      }
    }
  }
  return moved
}
