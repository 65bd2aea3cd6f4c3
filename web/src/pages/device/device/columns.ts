/** The columns of devices, wherever they are listed. */
export const deviceColumns = {
  columns: [
    'device_phy_id',
    'name',
    'online',
    'status',
    'protocol',
    'model',
    'firmware',
    'port_count',
    'last_seen_at',
  ],
} as const
