import { maySee } from '@/api/session'
import type { AnyRow } from '@/api/types'

/** The page that tells everything about a thing, by the field that names the thing. */
const PAGES: Record<string, { page: string; key?: string }> = {
  order_no: { page: 'order.charge' },
  current_order: { page: 'order.charge' },
  phy_id: { page: 'device.device' },
  device_phy_id: { page: 'device.device' },
  device: { page: 'device.device', key: 'phy_id' },
  station_id: { page: 'device.station' },
  station: { page: 'device.station', key: 'station_id' },
  member_id: { page: 'user.member' },
  member_phone: { page: 'user.member', key: 'member_id' },
  member: { page: 'user.member', key: 'member_id' },
  company_id: { page: 'user.company' },
  company: { page: 'user.company', key: 'company_id' },
  card_no: { page: 'user.card' },
  ticket_id: { page: 'device.fault' },
  alarm_id: { page: 'device.alarm' },
  tariff_id: { page: 'device.tariff' },
  tariff: { page: 'device.tariff', key: 'tariff_id' },
}

/** Where a field of a row leads to, if this account may go there. */
export function linkOf(field: string, row: AnyRow): string | undefined {
  const target = PAGES[field]
  if (!target) return undefined
  const key = row[target.key ?? field]
  if (key === null || key === undefined || key === '' || !maySee(target.page)) return undefined
  return detailOf(target.page, key)
}

/** The address of the detail of a thing. */
export const detailOf = (page: string, key: unknown): string =>
  `/${page.replace('.', '/')}/${encodeURIComponent(String(key))}`
