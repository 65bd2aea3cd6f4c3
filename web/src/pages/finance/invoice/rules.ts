import type { Values } from '@/parts/form/fields'

interface Item {
  name: string
  tax_code: string
  rate_bp: number
}
const SELLER = ['name', 'tax_no', 'address', 'phone', 'bank', 'account'] as const

export interface InvoiceRules {
  layout: { layout: 'two'; elec: Item; service: Item } | { layout: 'one'; charge: Item }
  platform: Record<(typeof SELLER)[number], string>
  drawer: string
  review: string
}

/** The lines that an invoice has. */
export function itemsOf({ layout }: InvoiceRules): readonly (readonly [string, Item])[] {
  if (layout.layout === 'one') return [['charge', layout.charge]]
  return [
    ['elec', layout.elec],
    ['service', layout.service],
  ]
}

/** Rules as a flat form: `platform/tax_no`, `elec/rate_bp`. */
export function flat(rules: InvoiceRules): Values {
  const parts = [['platform', rules.platform] as const, ...itemsOf(rules)]
  const spread = parts.flatMap(([part, fields]) =>
    Object.entries(fields).map(([name, value]) => [`${part}/${name}`, value] as const),
  )
  const { drawer, review, layout } = rules
  return { drawer, review, layout: layout.layout, ...Object.fromEntries(spread) }
}

/** The form as rules; texts that were emptied are told as such. */
export function nested({ drawer, review, layout, ...rest }: Values): Values {
  const parts: Record<string, Values> = {}
  for (const [path, value] of Object.entries(rest)) {
    const [part = '', name = ''] = path.split('/')
    parts[part] = { ...parts[part], [name]: value }
  }
  const { platform, ...items } = parts
  const empty = Object.fromEntries(SELLER.map((name) => [name, '']))
  return { drawer, review, platform: { ...empty, ...platform }, layout: { layout, ...items } }
}
