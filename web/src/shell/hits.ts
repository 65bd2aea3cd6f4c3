import type { Answer } from '@/api/types'
import { detailOf } from '@/parts/value/links'
import type { Words } from '@/words/words'

/** What the search found of one kind. */
export type Group = Answer<'GET /search'>[number]
export type Hit = Group['hits'][number]

const VIN_LENGTH = 17

/** What is found, by the server's names, and where it leads. */
export const KINDS: Record<string, { label: Words; to: (hit: Hit) => string | undefined }> = {
  orders: { label: ['订单', 'Orders'], to: ({ id }) => detailOf('order.charge', id) },
  devices: { label: ['设备', 'Devices'], to: ({ id }) => detailOf('device.device', id) },
  members: { label: ['会员', 'Members'], to: ({ id }) => detailOf('user.member', id) },
  vehicles: {
    label: ['车辆', 'Vehicles'],
    to: ({ id }) => `/user/vehicle?${id.length === VIN_LENGTH ? 'vin' : 'plate'}=${id}`,
  },
  commands: {
    label: ['指令', 'Commands'],
    to: ({ phy_id }) => `/ops/command?phy_id=${phy_id ?? ''}`,
  },
  frames: {
    label: ['报文', 'Frames'],
    to: ({ phy_id }) => `/ops/commlog?phy_id=${phy_id ?? ''}`,
  },
  webhooks: {
    label: ['推送', 'Webhooks'],
    to: ({ order_no }) => `/ops/webhook?order_no=${order_no ?? ''}`,
  },
  audit: { label: ['操作日志', 'Audit log'], to: () => `/system/audit` },
}

/** The element of a hit, for what is read aloud. */
export const idOf = (place: number): string => `found-${place}`
