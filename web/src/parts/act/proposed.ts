import type { Words } from '@/words/words'

/** Said when what was asked for has to be confirmed by somebody else. */
export const proposed = (): Words => [
  '已提交，等待第二人复核',
  'Proposed: a second person has to confirm it',
]
