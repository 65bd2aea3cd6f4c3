/** Colours of tags, by what the word means for somebody who has to act. */
export type Colour = 'success' | 'info' | 'warning' | 'danger' | 'primary'

const BY_COLOUR: Record<Exclude<Colour, 'info'>, string> = {
  success:
    'online success completed paid active open_for_use ok passed approved confirmed delivered acked settled verified published enabled idle normal up matched clean certified',
  primary:
    'charging running sent processing started occupied in_progress issuing current delivering applied assigned reserved',
  warning:
    'pending queued waiting warning medium submitted draft review retrying frozen finishing plugged minor provisional owed degraded suspended paused W major overdue maintenance',
  danger:
    'failed C fault offline error critical rejected dead high expired timeout blocked lost disputed refused aborted blacklisted serious urgent fatal emergency',
}

const colours = new Map<string, Colour>(
  Object.entries(BY_COLOUR).flatMap(([colour, words]) =>
    words.split(' ').map((word) => [word, colour as Colour] as const),
  ),
)

/** Numbers that are states. */
const BY_NUMBER: Record<string, Colour> = {
  'station_status.1': 'primary',
  'station_status.5': 'danger',
  'station_status.6': 'warning',
  'station_status.50': 'success',
}

export const colourOf = (word: string, field = ''): Colour =>
  BY_NUMBER[`${field}.${word}`] ?? colours.get(word) ?? 'info'
