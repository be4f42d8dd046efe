// The pictures of README.md, from the demo. Usage: node pictures.mjs BINARY FOLDER
import { browser, dragoman } from "./stage.mjs";

const [binary, folder] = process.argv.slice(2);
const server = await dragoman(binary);
const chrome = await browser();
const page = await chrome.newPage({ viewport: { width: 1280, height: 760 }, timezoneId: "Asia/Shanghai" });
const shot = (name) => page.screenshot({ path: `${folder}/${name}.jpg`, type: "jpeg", quality: 72 });

await page.goto(`${server.address}/topics/education`);
await page.click("[data-point='2'] a.cite");
await page.waitForSelector("aside.source");
await page.evaluate(() => document.querySelector(".item").scrollIntoView());
await page.mouse.wheel(0, -90);
await page.waitForTimeout(500);
await shot("topic");

await page.goto(`${server.address}/ask?q=${encodeURIComponent("How large is the area planted with gourds in Dongchangfu District?")}`);
await page.waitForSelector(".sources");
await page.click(".claimed a.cite");
await page.waitForSelector("aside.source");
await shot("answer");

await chrome.close();
await server.close();
