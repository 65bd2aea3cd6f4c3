/** The columns of what has versions that somebody else approves: prices, plans, rules. */
export const versionedColumns = [
  'name',
  { field: 'version', width: 90 },
  { field: 'state', kind: 'tag' },
  'effective_at',
  'created_by',
  'created_at',
] as const
