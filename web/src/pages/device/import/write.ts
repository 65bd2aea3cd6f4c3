import { call } from '@/api/call'
import { explain } from '@/parts/explain'
import { deviceOf, type ImportRow } from './rows'

/** So many devices are written at a time: the server has other work too. */
const AT_ONCE = 4
/** Devices of one station that are put there by one call. */
const BOUND_AT_ONCE = 500

export interface Result {
  row: ImportRow
  /** What the server refused, if it did. */
  trouble?: string
}

/** Runs work over items, so many at a time; items that fail do not stop the others. */
export async function spread<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Finds the stations that a file names, by number. */
export async function findStations(rows: readonly ImportRow[]): Promise<Map<string, number>> {
  const numbers = [...new Set(rows.flatMap(({ cells }) => cells.station_no ?? []))]
  const found = new Map<string, number>()
  await spread(numbers, async (station_no) => {
    const page = await call('GET /stations', { query: { station_no, size: 10 } })
    const station = page.items.find((each) => each.station_no === station_no)
    if (station) found.set(station_no, station.station_id)
  })
  return found
}

/** Writes rows, and puts their devices into their stations. */
export async function write(
  rows: readonly ImportRow[],
  stations: ReadonlyMap<string, number>,
  tell: (result: Result) => void,
): Promise<void> {
  const byStation = new Map<number, ImportRow[]>()
  await spread(rows, async (row) => {
    try {
      await call('POST /devices', { body: deviceOf(row) })
    } catch (error) {
      return tell({ row, trouble: explain(error) })
    }
    const station = row.cells.station_no ? stations.get(row.cells.station_no) : undefined
    if (station === undefined || !row.cells.phy_id) return tell({ row })
    byStation.set(station, [...(byStation.get(station) ?? []), row])
  })
  for (const [station_id, placed] of byStation) {
    for (let from = 0; from < placed.length; from += BOUND_AT_ONCE) {
      await place(station_id, placed.slice(from, from + BOUND_AT_ONCE), tell)
    }
  }
}

async function place(
  station_id: number,
  rows: readonly ImportRow[],
  tell: (result: Result) => void,
): Promise<void> {
  const phy_ids = rows.flatMap(({ cells }) => cells.phy_id ?? [])
  try {
    await call('POST /stations/{station_id}/devices', { params: { station_id }, body: { phy_ids } })
    for (const row of rows) tell({ row })
  } catch (error) {
    for (const row of rows) tell({ row, trouble: explain(error) })
  }
}
