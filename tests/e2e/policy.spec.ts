/**
 * Nothing leaves the origin, through a whole journey, and the policy that says so is in force, in workers too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { test as bare, expect, fixture, publicFile, ROOT, test } from './page.ts';

const policyIn = (html: string): string => /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '';
const pagePolicy = policyIn(readFileSync(join(ROOT, 'www/index.html'), 'utf8'));

/** Counts violations from before the page's first line. */
const counted = async (page: Page): Promise<() => Promise<string[]>> => {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    addEventListener('securitypolicyviolation', (event) => {
      seen.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { violations: string[] }).violations);
};

test('a whole journey: no request elsewhere, no violation', async ({ sepal, page }) => {
  const requests = new Set<string>();
  page.on('request', (request) => requests.add(new URL(request.url()).origin));
  const violations = await counted(page);
  await sepal.open();
  await sepal.upload('Model', publicFile('model/lenet-5-caffe.onnx'));
  await sepal.settled();
  await sepal.upload('Calibration', publicFile('sample/mnist-calibration.npz'));
  await sepal.settled();
  await sepal.preprocessing();
  await page.keyboard.press('Escape');
  await sepal.slider('Rank').fill('40');
  await sepal.settled();
  await sepal.download(/^ONNX/);
  await sepal.download(/^Report/);
  await sepal.upload('Model', fixture('model/cut.onnx'));
  await expect(sepal.part('banner')).toBeVisible();
  await page.goto('./reproduction.html');
  expect(await violations()).toEqual([]);
  const elsewhere = [...requests].filter((origin) => origin !== new URL(page.url()).origin && origin !== 'null');
  expect(elsewhere).toEqual([]);
});

bare('a request elsewhere is stopped and would be told of, in a worker too', async ({ page }) => {
  const violations = await counted(page);
  await page.goto('./');
  const blocked = (): Promise<boolean> =>
    fetch('https://example.com/').then(
      () => false,
      () => true,
    );
  expect(await page.evaluate(blocked)).toBe(true);
  await expect.poll(violations).toContainEqual(expect.stringContaining('connect-src https://example.com'));
  await expect.poll(() => page.workers().length).toBeGreaterThan(1);
  const [worker] = page.workers();
  const seen = worker?.evaluate(async () => {
    const told = new Promise<string>((resolve) => {
      addEventListener('securitypolicyviolation', (event) => {
        resolve((event as SecurityPolicyViolationEvent).violatedDirective);
      });
    });
    await fetch('https://example.com/').catch(() => null);
    return told;
  });
  expect(await seen).toBe('connect-src');
});

test('the headers for hosts that read them say the same as the page', () => {
  const headers = readFileSync(join(ROOT, 'www/public/_headers'), 'utf8');
  expect(pagePolicy).toContain("default-src 'self'");
  expect(headers).toContain(`Content-Security-Policy: ${pagePolicy}`);
});
