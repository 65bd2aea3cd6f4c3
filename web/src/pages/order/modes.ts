import { say, type Words } from '@/words/words'

const MODES: Record<number, Words> = {
  1: ['按时间', 'By time'],
  2: ['按电量', 'By energy'],
  3: ['按功率', 'By power'],
  4: ['充满为止', 'Until full'],
}

/** How a charge is limited, for people. */
export function modeText({ charge_mode }: { charge_mode: number }): string {
  const words = MODES[charge_mode]
  return words ? say(words) : String(charge_mode)
}
