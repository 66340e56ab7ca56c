import { describe, expect, it } from 'vitest';
import { divideBudget, recipeOf, RECIPES } from './recipes.ts';

describe('the budget of a recipe', () => {
  it.each(RECIPES)('of %s is never overdrawn, and spent but for less than a step a bucket', (name) => {
    const recipe = recipeOf(name);
    for (const buckets of recipe.bucket === null ? [0] : [1, 3, 7]) {
      const { shared, bucket } = divideBudget(recipe, { maxSteps: 1000 }, { buckets, networks: 1 });
      const spent = (recipe.shared === null ? 0 : (shared.maxSteps ?? 0)) + buckets * (bucket.maxSteps ?? 0);
      expect(spent).toBeLessThanOrEqual(1000);
      expect(spent).toBeGreaterThan(1000 - Math.max(1, buckets));
    }
  });

  it('in minutes is divided likewise', () => {
    const { shared, bucket } = divideBudget(
      recipeOf('distilled'),
      { maxMinutes: 60 },
      { buckets: 3, networks: 2 },
    );
    expect(shared).toEqual({ maxMinutes: 15 });
    expect(bucket).toEqual({ maxMinutes: 5 });
  });

  it.each(['conditional', 'distilled-conditional'] as const)(
    'gives nothing to the parts of %s, which are taken out of its trunk',
    (name) => {
      const parts = divideBudget(
        recipeOf(name),
        { maxMinutes: 60, maxSteps: 90 },
        { buckets: 3, networks: 1 },
      );
      expect(parts).toEqual({ shared: { maxMinutes: 60, maxSteps: 90 }, bucket: { maxSteps: 0 } });
    },
  );
});
