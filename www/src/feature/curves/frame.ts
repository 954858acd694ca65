/**
 * From the units of a picture's axes to its pixels and back.
 */
import { clamp } from '../../lib/nearest.ts';
import type { Picture } from '../../protocol/generated.ts';

export class Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly #picture: Picture;
  readonly #logX: boolean;

  constructor(picture: Picture, logX = false) {
    this.#picture = picture;
    this.#logX = logX;
    [this.left, this.top, this.right, this.bottom] = picture.rect;
  }

  x(value: number): number {
    const [low, high] = this.#picture.xRange;
    const share = this.#logX ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return this.left + share * (this.right - this.left);
  }

  y(value: number): number {
    const [low, high] = this.#picture.yRange;
    return this.bottom - ((value - low) / (high - low)) * (this.bottom - this.top);
  }

  /** Whether a place on the x axis lies in the plotting area. */
  spans(x: number): boolean {
    const [low, high] = this.#picture.xRange;
    return x >= low && x <= high;
  }

  /** Whether a point lies in the plotting area, with a little tolerance. */
  holds(x: number, y: number): boolean {
    const [xLow, xHigh] = this.#picture.xRange;
    const [yLow, yHigh] = this.#picture.yRange;
    const near = 1e-6;
    const inX = x >= xLow - near * (xHigh - xLow) && x <= xHigh + near * (xHigh - xLow);
    return inX && y >= yLow - near * (yHigh - yLow) && y <= yHigh + near * (yHigh - yLow);
  }

  /** The place on a linear x axis under a pixel. */
  valueAt(pixel: number): number {
    const [low, high] = this.#picture.xRange;
    return low + ((clamp(pixel, this.left, this.right) - this.left) / (this.right - this.left)) * (high - low);
  }
}
