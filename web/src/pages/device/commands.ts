import type { AnyRow, Operation } from '@/api/types'
import type { Action } from '@/parts/act/action'
import type { Values } from '@/parts/form/fields'
import { valueLabel } from '@/words/labels'
import type { Words } from '@/words/words'

/** What becomes of a command that was handed in. */
export interface Ticket {
  command_id: number
  state: string
  result?: { outcome: string; code?: number | null; text?: string | null } | null
}

/** Seconds that somebody at the console waits for a device to answer. */
export const WAIT_S = 10

const REFUSED = ['nacked', 'dead', 'expired', 'cancelled']

/** How far a command got while somebody waited. */
export function progressOf(answer: unknown): Words {
  const { state, result } = answer as Ticket
  if (state === 'queued') {
    return [
      '设备不在线或正忙，指令已排队，届时自动下发',
      'The device is away or busy: the command waits for it',
    ]
  }
  if (state === 'sent') return ['已下发，设备尚未应答', 'Sent; the device has not answered yet']
  const text = result?.text ? `：${result.text}` : ''
  return [`设备已执行${text}`, `The device has done it${text.replace('：', ': ')}`]
}

/** Why a command came to nothing, if it did. */
export function refusalOf(answer: unknown): Words | undefined {
  const { state, result } = answer as Ticket
  if (!REFUSED.includes(state) && result?.outcome !== 'refused') return undefined
  const code = result?.code ?? undefined
  const why = result?.text ?? (code === undefined ? valueLabel('state', state) : String(code))
  return [`设备没有执行：${why}`, `The device has not done it: ${why}`]
}

type Command = Omit<Action, 'done' | 'refusal' | 'body' | 'params'> & {
  operation: Operation
  body?: (values: Values, row: AnyRow) => Values
}

/** The number on the wire, however a row calls it. */
export const phyIdOf = (row: AnyRow): string => String(row.device_phy_id ?? row.phy_id ?? '')

/** Something that a device is told, with its answer awaited. */
export const told = ({ body, ...command }: Command): Action => ({
  ...command,
  params: (row) => ({ phy_id: phyIdOf(row) }),
  body: (values, row) => ({ ...(body ? body(values, row) : values), wait: WAIT_S }),
  done: progressOf,
  refusal: refusalOf,
})

/** One of the commands that have the same shape for every family. */
export const general = (
  kind: string,
  command: Omit<Command, 'operation'> & { body?: (values: Values, row: AnyRow) => Values },
): Action =>
  told({
    ...command,
    operation: 'POST /devices/{phy_id}/commands',
    body: (values, row) => ({
      command: { kind, ...(command.body ? command.body(values, row) : values) },
    }),
  })

export const nameOf = (row: AnyRow): string =>
  typeof row.name === 'string' && row.name ? `${row.name} (${phyIdOf(row)})` : phyIdOf(row)

export const portsOf = (row: AnyRow): number[] => {
  const ports = row.ports as { port_no: number }[] | undefined
  if (ports?.length) return ports.map(({ port_no }) => port_no)
  return Array.from({ length: Number(row.port_count ?? 0) }, (_, at) => at + 1)
}
