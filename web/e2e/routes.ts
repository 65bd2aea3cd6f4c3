import type { Page } from 'playwright-core'

/** Pages that tell of one thing, with a list of which the first row has one. */
const DETAILS: Record<string, { list: string; key: string }> = {
  '/order/charge': { list: '/orders', key: 'order_no' },
  '/device/device': { list: '/devices', key: 'device_phy_id' },
  '/device/station': { list: '/stations', key: 'station_id' },
  '/device/alarm': { list: '/alarms', key: 'id' },
  '/device/tariff': { list: '/tariffs', key: 'id' },
  '/user/member': { list: '/members', key: 'id' },
  '/system/admin': { list: '/admins', key: 'admin_id' },
  '/ops/command': { list: '/commands', key: 'id' },
}

/** Every address that the sidebar leads to. */
export const sidebarAddresses = (page: Page): Promise<string[]> =>
  page.$$eval('nav [data-path]', (entries) =>
    entries.map((entry) => entry.getAttribute('data-path') ?? ''),
  )

/** One of each kind of thing. */
export async function detailAddresses(
  read: (path: string) => Promise<{ items: Record<string, unknown>[] }>,
): Promise<string[]> {
  const addresses: string[] = []
  for (const [address, { list, key }] of Object.entries(DETAILS)) {
    const [first] = (await read(`/api/v1/admin${list}?size=1`)).items
    if (first) addresses.push(`${address}/${encodeURIComponent(String(first[key]))}`)
  }
  return addresses
}
