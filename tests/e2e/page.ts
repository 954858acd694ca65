/**
 * The page as the tests see it: by roles, names, data-testid and data-state, never by class or by time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SCREENSHOTS = join(ROOT, 'tests/output/screenshot');

/** One entry of www/public/model/default.json; accuracies in percent. */
export type Default = {
  id: string;
  title: string;
  model: string;
  evaluation: string;
  calibration: string;
  fullSet: { samples: number; accuracy: number };
  pageSet: { samples: number; accuracy: number };
};

export const defaults: Default[] = JSON.parse(readFileSync(join(ROOT, 'www/public/model/default.json'), 'utf8'));
export const publicFile = (path: string): string => join(ROOT, 'www/public', path);

/** A file of tests/fixture. */
export const fixture = (path: string): string => join(ROOT, 'tests/fixture', path);

export type Picker = 'Model' | 'Test set' | 'Calibration' | 'Device';
export type Upload = string | { name: string; mimeType: string; buffer: Buffer };

export class Sepal {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    await this.page.goto('./');
    await this.settled();
  }

  part(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** The figures are final: all work is done and the big figure is exact. */
  async settled(): Promise<void> {
    await expect(this.part('status')).toHaveAttribute('data-state', 'exact');
    await expect(this.part('status')).toHaveAttribute('data-busy', 'false');
  }

  /** The curve has all its points and is drawn. */
  async curveFull(): Promise<void> {
    await expect(this.part('filling')).toHaveAttribute('data-state', 'full');
  }

  /** The accuracy in percent, once it is exact. */
  async accuracy(): Promise<number> {
    await expect(this.part('accuracy')).toHaveAttribute('data-state', 'exact');
    return percentIn(await this.part('accuracy').locator('.quality-value').innerText());
  }

  /** The original's accuracy in percent, once it is measured on `samples`. */
  async baseIs(percent: string): Promise<void> {
    await expect(this.part('base-accuracy')).toContainText(new RegExp(`${percent.replace('.', '\\.')}\\s%`));
  }

  async figures(): Promise<string[]> {
    const parts = ['accuracy', 'cost-memory', 'cost-macs', 'cost-parameters', 'output-error'];
    return Promise.all(parts.map((id) => this.part(id).innerText()));
  }

  picker(name: Picker): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${name}`) });
  }

  async choose(picker: Picker, entry: string): Promise<void> {
    await this.picker(picker).click();
    await this.page.getByRole('button', { name: new RegExp(`^${entry.replace(/[()]/g, '\\$&')}`) }).click();
  }

  /** Opens files through the file chooser of a picker. */
  async upload(picker: Picker, ...files: Upload[]): Promise<void> {
    await this.picker(picker).click();
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.getByRole('button', { name: /^Open your own/ }).click();
    // Paths and contents cannot be mixed in one call.
    await (await chooser).setFiles(files as string[]);
  }

  /** Opens a folder through the folder chooser of a picker. */
  async uploadFolder(picker: Picker, folder: string): Promise<void> {
    await this.picker(picker).click();
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.getByRole('button', { name: /^Open a folder/ }).click();
    await (await chooser).setFiles(folder);
  }

  /** Lets a file or a folder of the disk fall on the page, as a person's drag does. */
  async dropPath(path: string): Promise<void> {
    const browser = await this.page.context().newCDPSession(this.page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const data = { items: [], files: [path], dragOperationsMask: 1 };
      await browser.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
    }
    await browser.detach();
  }

  /** Opens the dialog about how samples are read. */
  async preprocessing(): Promise<void> {
    await this.picker('Test set').click();
    await this.page.getByRole('button', { name: /^How samples are read/ }).click();
    await expect(this.part('preprocess')).toHaveAttribute('data-state', 'ready');
  }

  /** Presses a button that hands out a file; where that was saved. */
  async download(button: string | RegExp): Promise<string> {
    const waiting = this.page.waitForEvent('download');
    await this.page.getByRole('button', { name: button }).click();
    const download = await waiting;
    const path = join(ROOT, 'tests/output/download', download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  method(name: string): Locator {
    return this.page.getByRole('radio', { name, exact: true });
  }

  /** The memory of the result card, as printed. */
  memory(): Promise<string> {
    return this.part('cost-memory').locator('.cost-value').innerText();
  }

  slider(name: string): Locator {
    return this.page.getByRole('slider', { name, exact: true });
  }

  /** Starts a search from Fit to budget with these limits, by the names of their fields. */
  async search(limits: Record<string, string>): Promise<void> {
    if ((await this.page.getByRole('dialog').count()) === 0) {
      await this.page.getByRole('button', { name: 'Fit to budget' }).click();
    }
    for (const [name, value] of Object.entries(limits)) {
      await this.page.getByRole('textbox', { name, exact: true }).fill(value);
    }
    await this.page.getByRole('button', { name: 'Start' }).click();
  }

  /** Lets a file fall on the page, or pastes it. */
  async give(by: 'drop' | 'paste', name: string, bytes: Uint8Array): Promise<void> {
    await this.page.evaluate(
      ([way, fileName, content]) => {
        const files = new DataTransfer();
        files.items.add(new File([Uint8Array.from(content)], fileName));
        const options = { bubbles: true, cancelable: true };
        const events =
          way === 'paste'
            ? [new ClipboardEvent('paste', { ...options, clipboardData: files })]
            : ['dragover', 'drop'].map((kind) => new DragEvent(kind, { ...options, dataTransfer: files }));
        for (const event of events) window.dispatchEvent(event);
      },
      [by, name, [...bytes]] as const,
    );
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }
}

export const percentIn = (text: string): number => Number(/([\d.]+)\s%/.exec(text)?.[1]);

/** Every test also checks that no request leaves the origin and that nothing is thrown or logged as an error. */
export const test = base.extend<{ sepal: Sepal }>({
  sepal: async ({ page, baseURL }, use) => {
    const origin = new URL(baseURL ?? '').origin;
    const faults: string[] = [];
    page.on('request', (request) => {
      const { protocol, origin: target } = new URL(request.url());
      if (target !== origin && protocol !== 'blob:' && protocol !== 'data:') faults.push(`request: ${request.url()}`);
    });
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`console: ${message.text()}`);
    });
    await use(new Sepal(page));
    expect(faults).toEqual([]);
  },
});

export { expect };
