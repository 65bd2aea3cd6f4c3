import type { Body } from '@/api/types'
import { numberOf } from '@/parts/import/checks'
import type { ImportRow } from '@/parts/import/definition'
import { vocabulary } from '@/parts/import/vocabulary'
import { PROTOCOLS } from '@/parts/value/protocols'

export type NewDevice = Body<'POST /devices'>
export type Column = keyof NewDevice | 'station_no'
export type DeviceRow = ImportRow<Column>

/** `gn` is another name of it. */
export const PROTOCOL = vocabulary(PROTOCOLS, { gn: 'bkv', 云快充: 'ykc', 英飞源: 'infypower' })

/** What the server is given. */
export function deviceOf({ cells }: DeviceRow): NewDevice {
  return {
    phy_id: cells.phy_id,
    ip: cells.ip,
    name: cells.name,
    protocol: PROTOCOL.meaning(cells.protocol),
    dialect: cells.dialect,
    model: cells.model,
    port_count: numberOf(cells.port_count),
    rated_power_w: numberOf(cells.rated_power_w),
    remark: cells.remark,
  }
}
