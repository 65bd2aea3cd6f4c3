import { money, share } from '@/parts/value/format'
import { orgName } from '@/parts/org/orgs'
import { say, type Words } from '@/words/words'

export interface Payee {
  /** None: whoever owns the station. */
  org_id: number | null
  pct: number
}
export type FeeRule =
  | { style: 'flat'; platform_cut_bp: number; payees: Payee[] }
  | { style: 'level_difference'; platform_cut_bp: number; rates_bp: number[] }

export const FEES = {
  elec: ['电费', 'Electricity'],
  service: ['服务费', 'Service'],
  reserve: ['预约费', 'Reservations'],
  occupancy: ['占位费', 'Occupancy'],
} satisfies Record<string, Words>
export type Fee = keyof typeof FEES
export type Terms = Record<Fee, FeeRule>

export const OWNER: Words = ['站点业主', 'Owner of the station']
const nameOf = (org_id: number | null) => (org_id === null ? say(OWNER) : orgName(org_id))
export const fees = Object.keys(FEES) as Fee[]

const toOwner = (platform_cut_bp: number): FeeRule => ({
  style: 'flat',
  platform_cut_bp,
  payees: [{ org_id: null, pct: 100 }],
})
/** What a rule begins with. */
export const usualTerms = (): Terms => ({
  elec: toOwner(500),
  service: toOwner(2000),
  reserve: toOwner(0),
  occupancy: toOwner(0),
})

/** What is wrong with a rule, if anything is. */
export function flawOf(rule: FeeRule): Words | undefined {
  if (rule.style === 'flat') {
    const sum = rule.payees.reduce((all, { pct }) => all + pct, 0)
    if (sum !== 100) return [`分成合计 ${sum} %，应为 100 %`, `Shares come to ${sum} %, not 100 %`]
    const names = rule.payees.map(({ org_id }) => org_id)
    if (new Set(names).size < names.length) return ['收款方重复', 'A payee stands twice']
    return undefined
  }
  const rises = rule.rates_bp.some((rate, level) => rate > (rule.rates_bp[level - 1] ?? 10_000))
  return rises ? ['下级费率不能高于上级', 'A lower level cannot have a higher rate'] : undefined
}

/** What everybody gets of an amount, to the fen; the last of a list takes what rounding leaves. */
export function sharesOf(rule: FeeRule, fen: number): { who: string; fen: number }[] {
  const platform = Math.round((fen * rule.platform_cut_bp) / 10_000)
  const rest = fen - platform
  const shares = [{ who: say(['平台', 'Platform']), fen: platform }]
  if (rule.style === 'flat') {
    for (const { org_id, pct } of rule.payees) {
      shares.push({
        who: nameOf(org_id),
        fen: Math.round((rest * pct) / 100),
      })
    }
    return shares
  }
  let given = 0
  rule.rates_bp.forEach((rate, level) => {
    const part = Math.round((rest * (rate - (rule.rates_bp[level + 1] ?? 0))) / 10_000)
    given += part
    shares.push({ who: say([`${level + 1} 级代理`, `Agent level ${level + 1}`]), fen: part })
  })
  return [...shares, { who: say(OWNER), fen: rest - given }]
}

/** A rule in a line. */
export function told(rule: FeeRule | undefined): string {
  if (!rule) return '–'
  const cut = `${say(['平台', 'Platform'])} ${share(rule.platform_cut_bp)}`
  const rest =
    rule.style === 'flat'
      ? rule.payees.map(({ org_id, pct }) => `${nameOf(org_id)} ${pct} %`)
      : rule.rates_bp.map((rate, level) => `L${level + 1} ${share(rate)}`)
  return [cut, ...rest].join(' · ')
}

export const example = (rule: FeeRule): string =>
  sharesOf(rule, 10_000)
    .map(({ who, fen }) => `${who} ${money(fen)}`)
    .join(' · ')
