import { call } from '@/api/call'
import { useLive } from '@/api/live'
import { computed, ref } from 'vue'

/** Devices that are looked at beyond those that were there before. */
const LOOKED_AT = 500

/** Waits for the device that was announced by its address alone, until it says its number. */
export function useWaiting(found: (phyId: string) => void) {
  const ip = ref('')
  let before = new Set<string>()

  const numbers = async () => {
    const page = await call('GET /devices', { query: { size: LOOKED_AT } })
    return page.items.flatMap(({ device_phy_id }) => device_phy_id ?? [])
  }
  async function announce(address: string): Promise<void> {
    before = new Set(await numbers())
    await call('POST /devices', { body: { ip: address } })
    ip.value = address
  }
  async function look(): Promise<void> {
    if (!ip.value) return
    for (const phy_id of await numbers()) {
      if (before.has(phy_id)) continue
      before.add(phy_id)
      const device = await call('GET /devices/{phy_id}', { params: { phy_id } })
      if (device.ip !== ip.value) continue
      ip.value = ''
      return found(phy_id)
    }
  }
  useLive(
    computed(() => (ip.value ? ['devices'] : [])),
    look,
  )
  return { ip, announce }
}
