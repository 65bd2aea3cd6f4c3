import type { Row } from '@/api/types'
import type { Colour } from '@/parts/value/colour'
import { reasonText } from '@/words/reasons'
import { say, type Words } from '@/words/words'

export type Order = Row<'/orders'>

interface Flag {
  words: Words
  colour: Colour
  /** What it means, and what to do. */
  means: (order: Order) => Words
  holds: (order: Order) => boolean
}

const FLAGS: readonly Flag[] = [
  {
    words: ['账单待核', 'Bill held'],
    colour: 'danger',
    holds: ({ settle_status }) => settle_status === 'error',
    means: ({ abnormal_reason }) => [
      `设备上报的记录自相矛盾，账单已挂起，请用“复核账单”定夺。${reasonText(abnormal_reason ?? '')}`,
      `The device’s record contradicts itself; the bill waits for “Decide on the bill”. ${abnormal_reason ?? ''}`,
    ],
  },
  {
    words: ['异常', 'Abnormal'],
    colour: 'danger',
    holds: ({ abnormal, handled_at }) => abnormal && !handled_at,
    means: ({ abnormal_reason }) => [
      `异常结束：${reasonText(abnormal_reason ?? '') || '原因未记录'}`,
      `Ended abnormally: ${abnormal_reason ?? 'no reason was noted'}`,
    ],
  },
  {
    words: ['异常已处理', 'Handled'],
    colour: 'info',
    holds: ({ abnormal, handled_at }) => abnormal && Boolean(handled_at),
    means: ({ abnormal_reason, handled_by, handled_note }) => [
      `${reasonText(abnormal_reason ?? '') || '异常结束'}；${handled_by ?? ''} 已处理：${handled_note ?? ''}`,
      `${abnormal_reason ?? 'Ended abnormally'}; ${handled_by ?? ''} looked at it: ${handled_note ?? ''}`,
    ],
  },
  {
    words: ['欠费', 'Owed'],
    colour: 'danger',
    holds: ({ pay_status }) => pay_status === 'owed',
    means: () => ['账单尚未付清', 'The bill has not been paid in full'],
  },
  {
    words: ['暂结', 'Provisional'],
    colour: 'warning',
    holds: ({ provisional }) => provisional,
    means: () => [
      '设备没有上报结束，按最后的数值暂时结算；设备补报后自动更正',
      'Ended without the device’s word, on its last values; its report will still correct the bill',
    ],
  },
  {
    words: ['中断', 'Interrupted'],
    colour: 'warning',
    holds: ({ interrupted }) => interrupted,
    means: () => [
      '设备离线，充电可能仍在进行；上线后自动补齐',
      'The device is offline; the charge may go on and is caught up with later',
    ],
  },
  {
    words: ['停止中', 'Stopping'],
    colour: 'warning',
    holds: ({ stop_requested, status }) => stop_requested && status === 'charging',
    means: () => [
      '已要求停止，等待设备上报结束',
      'A stop has been asked for; the device has not said that it ended',
    ],
  },
  {
    words: ['已更正', 'Corrected'],
    colour: 'info',
    holds: ({ adjusted }) => adjusted,
    means: () => ['账单更正过，见时间线', 'The bill has been corrected: see the timeline'],
  },
]

/** What somebody should know of an order beside its state. */
export const flagsOf = (order: Order): readonly Flag[] => FLAGS.filter(({ holds }) => holds(order))

export const flagText = (order: Order): string =>
  flagsOf(order)
    .map(({ words }) => say(words))
    .join(' · ')

/** How much a row of the list deserves a look. */
export function markOf(order: Order): 'danger' | 'warning' | undefined {
  const colours = flagsOf(order).map(({ colour }) => colour)
  if (colours.includes('danger')) return 'danger'
  return colours.includes('warning') ? 'warning' : undefined
}
