import type { Row } from '@/api/types'
import { choice, flag, number, text, words, type Field, type Values } from '@/parts/form/fields'

export type Key = Row<'/api-keys'>

interface Bucket {
  burst: number
  refill_per_s: number
}
export type Rates = Partial<Record<'read' | 'write', Bucket | null>>

export const fields: readonly Field[] = [
  text('name', { required: true }),
  choice('scopes', ['third', 'admin'], {
    many: true,
    hint: [
      '管理接口可以做后台的一切，请慎重',
      'The administration can do all that the console can: be careful',
    ],
  }),
  words('ip_allow', {
    hint: ['IP 或网段，如 10.0.0.0/8；留空则不限', 'Addresses or networks; none: from anywhere'],
  }),
  words('device_allow', { hint: ['设备号；留空则不限', 'Ids of devices; none: all of them'] }),
  flag('require_hmac', { label: ['每次调用须签名', 'Every call must be signed'] }),
  text('webhook_url', { hint: ['事件推送到这里', 'Where its events go'] }),
  flag('settle_via_platform', {
    hint: ['用户的账单由平台按结算单结算', 'Bills of its users are owed to us, by statement'],
  }),
  number('write_burst', { min: 1, label: ['写限流：突发次数', 'Writes at once'] }),
  number('write_rate', { min: 1, label: ['写限流：每秒次数', 'Writes a second'] }),
  number('read_burst', { min: 1, label: ['读限流：突发次数', 'Reads at once'] }),
  number('read_rate', {
    min: 1,
    label: ['读限流：每秒次数', 'Reads a second'],
    hint: ['留空则与其他密钥相同', 'None: as for all keys'],
  }),
]

/** What the form begins with. */
export function valuesOf(key: Key): Values {
  const { read, write } = (key.rate ?? {}) as Rates
  return {
    ...key,
    read_burst: read?.burst,
    read_rate: read?.refill_per_s,
    write_burst: write?.burst,
    write_rate: write?.refill_per_s,
  }
}

/** What the form sends. */
export function bodyOf(values: Values): Values {
  const { read_burst, read_rate, write_burst, write_rate, ...rest } = values
  const bucket = (burst: unknown, refill_per_s: unknown) =>
    burst && refill_per_s ? { burst, refill_per_s } : undefined
  const read = bucket(read_burst, read_rate)
  const write = bucket(write_burst, write_rate)
  return { ...rest, ...((read || write) && { rate: { read, write } }) }
}
