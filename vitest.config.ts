import { defineConfig } from 'vitest/config';

/** Unit tests stand beside sources; end-to-end and fault tests under tests/ use the built program. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
