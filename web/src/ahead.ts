import { hasTokens } from '@/api/tokens'

/** Where the console is for whoever has logged in. */
export const shell = () => import('./shell/Shell.vue')

// It comes while everything else is made ready, and the server is asked who this is.
if (hasTokens()) void shell()
