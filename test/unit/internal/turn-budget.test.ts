import { expect, it } from 'vitest';
import { TurnBudget } from '../../../src/internal/turn-budget.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('a budget that is used up is renewed by the next turn', async () => {
  let renewed = 0;
  const budget = new TurnBudget(4, () => renewed++);
  for (let i = 0; i < 4; i++) {
    expect(budget.some).toBe(true);
    budget.use();
  }
  expect(budget.some).toBe(false);
  await nextTurn();
  expect(budget.some).toBe(true);
  expect(renewed).toBe(1);
});

it('a budget that is hardly used awaits no turn', async () => {
  let renewed = 0;
  const budget = new TurnBudget(4, () => renewed++);
  budget.use();
  await nextTurn();
  expect(renewed).toBe(0);
  budget.use();
  await nextTurn();
  expect(renewed).toBe(1);
});
