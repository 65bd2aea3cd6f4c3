import { describe, expect, it } from 'vitest'
import { sumOf, type PortCounts } from '../ports'
import { bubbles, levelOf, onlyWay, within, type Station } from './bubbles'
import { down, latitudeAt, scaleOf, viewOf } from './project'

let next = 0
const ports = (of: Partial<PortCounts> = {}): PortCounts => ({ ...sumOf([]), total: 10, ...of })
const station = (area_code: string | null, lng: number, lat: number, more = {}): Station => ({
  station_id: ++next,
  name: `station ${next}`,
  area_code,
  lng,
  lat,
  devices: 1,
  online: 1,
  ports: ports({ idle: 10 }),
  power_w: 0,
  rated_w: 60_000,
  ...more,
})
const SIZE = { width: 900, height: 560 }
const COUNTRY = { area: '' }

const chengdu = station('510104', 104.08, 30.65)
const jiangning = station('320115', 118.84, 31.95)
const xuanwu = station('320102', 118.79, 32.05)
const suzhou = station('320508', 120.6, 31.3)
const nowhere = station(null, 113.3, 23.1)
const all = [chengdu, jiangning, xuanwu, suzhou, nowhere]
const keys = (focus: Parameters<typeof bubbles>[1]) =>
  bubbles(all, focus, viewOf(within(all, focus), 1.6, 1), SIZE)
    .map(({ key }) => key)
    .sort()

describe('bubbles', () => {
  it('are provinces, then cities, then districts; a station of no area is alone', () => {
    expect(keys(COUNTRY)).toEqual(['320000', '510000', String(nowhere.station_id)].sort())
    expect(keys({ area: '320000' })).toEqual(['320100', '320500'])
    expect(keys({ area: '320100' })).toEqual(['320102', '320115'])
    expect(keys({ area: '320115' })).toEqual([String(jiangning.station_id)])
  })
  it('go straight to where everything is', () => {
    expect(onlyWay([jiangning, xuanwu], COUNTRY)).toEqual({ area: '320100' })
    expect(onlyWay([jiangning], COUNTRY)).toEqual({ area: '320115' })
    expect(onlyWay(all, COUNTRY)).toEqual(COUNTRY)
  })
  it('hold stations together that are near to each other', () => {
    const near = [station('320115', 118.84, 31.95), station('320115', 118.8401, 31.9501)]
    const far = station('320115', 119.2, 32.2)
    const focus = { area: '320115' }
    const shown = bubbles([...near, far], focus, viewOf([...near, far], 1.6, 0.01), SIZE)
    expect(shown.map(({ stations }) => stations.length).sort()).toEqual([1, 2])
  })
  it('give way to each other', () => {
    const shown = bubbles(
      [station('310115', 121.55, 31.22), station('320508', 120.6, 31.3), chengdu],
      COUNTRY,
      viewOf([chengdu, nowhere, suzhou], 1.6, 60),
      SIZE,
    )
    const [one, other] = shown.filter(({ area }) => area !== '510000')
    const gap = Math.hypot(
      ((one?.left ?? 0) - (other?.left ?? 0)) * SIZE.width,
      ((one?.top ?? 0) - (other?.top ?? 0)) * SIZE.height,
    )
    expect(gap).toBeGreaterThan(((one?.radius ?? 0) + (other?.radius ?? 0)) * 0.95)
  })
  it('are red from one port in ten out of order, grey when nothing answers', () => {
    const of = (counts: Partial<PortCounts>) =>
      bubbles(
        [station('320115', 118, 32, { ports: ports(counts) })],
        COUNTRY,
        viewOf([chengdu, suzhou], 1.6, 1),
        SIZE,
      )[0]?.state
    expect(of({ fault: 1, charging: 9 })).toBe('fault')
    expect(of({ total: 20, fault: 1, charging: 19 })).toBe('charging')
    expect(of({ offline: 10 })).toBe('offline')
    expect(of({ idle: 10 })).toBe('idle')
    expect(of({ total: 0 })).toBe('unknown')
  })
})

describe('areas', () => {
  it('know their level, also those whose own digits end in a zero', () => {
    expect(['', '510000', '510100', '510104', '110000', '320110'].map(levelOf)).toEqual([
      0, 1, 2, 3, 1, 3,
    ])
  })
})

describe('the plane', () => {
  it('is left as it was entered', () => {
    expect(latitudeAt(down(31.95))).toBeCloseTo(31.95, 9)
  })
  it('shows all points with room around them', () => {
    const view = viewOf(all, 1.6, 1)
    expect(view.width / view.height).toBeCloseTo(1.6)
    for (const { lng, lat } of all) {
      expect(lng).toBeGreaterThan(view.x)
      expect(lng).toBeLessThan(view.x + view.width)
      expect(down(lat)).toBeGreaterThan(view.y)
      expect(down(lat)).toBeLessThan(view.y + view.height)
    }
  })
  it('has a round scale', () => {
    const { km, part } = scaleOf(viewOf([chengdu, suzhou], 1.6, 1))
    expect([100, 200, 500]).toContain(km)
    expect(part).toBeLessThanOrEqual(0.125)
  })
})
