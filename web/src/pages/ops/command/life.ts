import type { Answer } from '@/api/types'
import type { Words } from '@/words/words'

export interface Step {
  at: number
  text: Words
  /** Seconds since the step before. */
  after?: number
  colour?: 'success' | 'danger' | 'warning' | 'primary'
}

const ENDS: Record<string, Pick<Step, 'text' | 'colour'>> = {
  acked: { text: ['设备已确认', 'The device accepted it'], colour: 'success' },
  nacked: { text: ['设备拒绝', 'The device refused it'], colour: 'danger' },
  dead: {
    text: ['多次重发无应答，已放弃', 'Given up: no answer to any attempt'],
    colour: 'danger',
  },
  expired: {
    text: ['设备一直不在线，已过期', 'Grew too old before the device came'],
    colour: 'warning',
  },
  cancelled: { text: ['已撤销', 'Cancelled'], colour: 'warning' },
}

type Command = Answer<'GET /commands/{id}'>

/** What happened to a command, in its order. */
export function lifeOf({ created_at, sent_at, ended_at, retries, state }: Command): Step[] {
  const steps: Step[] = [{ at: created_at, text: ['进入队列', 'Queued'] }]
  if (sent_at) {
    const again: Words = [`第 ${retries + 1} 次下发`, `Sent, attempt ${retries + 1}`]
    steps.push({
      at: sent_at,
      text: retries > 0 ? again : ['下发', 'Sent'],
      colour: 'primary',
    })
  }
  const end = ENDS[state]
  if (ended_at && end) steps.push({ at: ended_at, ...end })
  return steps.map((step, index) => {
    const before = steps[index - 1]
    return before ? { ...step, after: step.at - before.at } : step
  })
}
