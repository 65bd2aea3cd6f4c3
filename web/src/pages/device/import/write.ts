import { call } from '@/api/call'
import type { Result } from '@/parts/import/definition'
import { oneByOne } from '@/parts/import/write'
import { explain } from '@/parts/explain'
import { deviceOf, type Column, type DeviceRow } from './device'

/** Devices of one station that are put there by one call. */
const BOUND_AT_ONCE = 500

type Tell = (result: Result<Column>) => void

const make = oneByOne<Column>((row) => call('POST /devices', { body: deviceOf(row) }))

/** Writes rows, and puts their devices into their stations. */
export async function write(rows: readonly DeviceRow[], tell: Tell): Promise<void> {
  const byStation = new Map<number, DeviceRow[]>()
  await make(rows, (result) => {
    const { row, trouble } = result
    const station = row.found.station_no
    if (trouble || station === undefined || !row.cells.phy_id) return tell(result)
    const placed = byStation.get(station)
    if (placed) placed.push(row)
    else byStation.set(station, [row])
  })
  for (const [station_id, placed] of byStation) {
    for (let from = 0; from < placed.length; from += BOUND_AT_ONCE) {
      await place(station_id, placed.slice(from, from + BOUND_AT_ONCE), tell)
    }
  }
}

async function place(station_id: number, rows: readonly DeviceRow[], tell: Tell): Promise<void> {
  const phy_ids = rows.flatMap(({ cells }) => cells.phy_id ?? [])
  try {
    await call('POST /stations/{station_id}/devices', { params: { station_id }, body: { phy_ids } })
    for (const row of rows) tell({ row })
  } catch (error) {
    for (const row of rows) tell({ row, trouble: explain(error) })
  }
}
