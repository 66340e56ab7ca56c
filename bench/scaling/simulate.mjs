// An event simulation of a run on a cluster, fed with costs that were measured. Pure: numbers in, numbers out.

/** Events in order of time; equal times in order of arrival, so that a simulation is repeatable. */
class Agenda {
  #heap = [];
  #count = 0;

  add(time, act) {
    const heap = this.#heap;
    const entry = { time, order: this.#count++, act };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  take() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
        if (!before(heap[child], last)) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
    }
    return first;
  }
}

const before = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

/** So many equal servers and one queue, first come first served. */
class Servers {
  #free;
  #waiting = [];
  #head = 0;
  #agenda;
  busySeconds = 0;

  constructor(count, agenda) {
    this.#free = count;
    this.#agenda = agenda;
  }

  /** Calls `then(time)` once a server has worked for `seconds`. */
  use(now, seconds, then) {
    if (this.#free > 0) this.#serve(now, seconds, then);
    else this.#waiting.push([seconds, then]);
  }

  #serve(now, seconds, then) {
    this.#free -= 1;
    this.busySeconds += seconds;
    this.#agenda.add(now + seconds, (time) => {
      this.#free += 1;
      const next = this.#waiting[this.#head];
      if (next !== undefined) {
        this.#head += 1;
        if (this.#head > 4096 && this.#head * 2 > this.#waiting.length) {
          this.#waiting.splice(0, this.#head);
          this.#head = 0;
        }
        this.#serve(time, ...next);
      }
      then(time);
    });
  }
}

/**
 * @param cluster hosts, each with devicesPerHost devices, coresPerHost cores; slotsPerDevice workers share a device;
 *   deviceMegapixelsPerSecond of network input; storageBytesPerSecond of all hosts together (Infinity: no limit).
 * @param costs seconds: sessionStart, slotStart (a slot's first task), regionFixed (waiting, not computing), engineRegion;
 *   of a core: readMegapixel, encodeMegapixel, regionCore; of the coordinator: outcome, publishScene, publishMegapixel.
 *   bytesPerPixel read, overlap (pixels computed / kept), rowsPerRegion (chip rows; the next is read while one computes).
 * @param scenes megapixels of each, in the order in which they are mapped; regionMegapixels.
 * @returns seconds (session included), computeSeconds (from the moment the session is there), deviceUse (share of that time).
 */
export function simulate({ cluster, costs, scenes, regionMegapixels }) {
  const agenda = new Agenda();
  const devices = cluster.hosts * cluster.devicesPerHost;
  const deviceServers = Array.from({ length: devices }, () => new Servers(1, agenda));
  const coreServers = Array.from({ length: cluster.hosts }, () => new Servers(cluster.coresPerHost, agenda));
  const storage = new Servers(1, agenda);
  const coordinator = new Servers(1, agenda);
  const publisher = new Servers(1, agenda);
  const start = costs.sessionStart;
  const regions = regionsOf(scenes, regionMegapixels);
  const left = new Float64Array(scenes.length);
  for (const scene of regions.scene) left[scene] += 1;
  let next = 0;
  let end = start;

  const outcome = (now, scene) =>
    coordinator.use(now, costs.outcome, (time) => {
      end = Math.max(end, time);
      left[scene] -= 1;
      if (left[scene] > 0) return;
      const seconds = costs.publishScene + costs.publishMegapixel * scenes[scene];
      publisher.use(time, seconds, (published) => (end = Math.max(end, published)));
    });

  const serve = (now, device) => {
    if (next >= regions.count) return;
    const at = next++;
    const [megapixels, scene] = [regions.megapixels[at], regions.scene[at]];
    const host = Math.floor(device / cluster.devicesPerHost);
    const rows = costs.rowsPerRegion;
    const row = megapixels / rows;
    const compute = deviceServers[device];
    const cores = coreServers[host];
    const read = (time, then) =>
      storage.use(time, (row * 1e6 * costs.bytesPerPixel) / cluster.storageBytesPerSecond, (fetched) =>
        cores.use(fetched, row * costs.readMegapixel, then),
      );
    // Row by row: a row is computed when it is read and the row before it is computed.
    let readUpTo = 0;
    let computed = 0;
    let computing = false;
    const step = (time) => {
      if (computing || computed >= readUpTo) return;
      computing = true;
      if (readUpTo < rows) readNext(time);
      compute.use(time, (row * costs.overlap) / cluster.deviceMegapixelsPerSecond, (done) => {
        computing = false;
        computed += 1;
        if (computed < rows) step(done);
        else encode(done);
      });
    };
    const readNext = (time) =>
      read(time, (done) => {
        readUpTo += 1;
        step(done);
      });
    const encode = (time) =>
      cores.use(time, megapixels * costs.encodeMegapixel + costs.regionCore, (done) => {
        const free = done + costs.regionFixed + costs.engineRegion;
        agenda.add(free, (moment) => {
          outcome(moment, scene);
          serve(moment, device);
        });
      });
    readNext(now);
  };

  for (let device = 0; device < devices; device++) {
    for (let slot = 0; slot < cluster.slotsPerDevice; slot++)
      agenda.add(start + costs.slotStart, (time) => serve(time, device));
  }
  for (let event = agenda.take(); event !== undefined; event = agenda.take()) event.act(event.time);
  const computeSeconds = end - start;
  const busy = deviceServers.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
  return {
    seconds: end,
    computeSeconds,
    deviceUse: busy / (devices * computeSeconds),
    publisherBusySeconds: publisher.busySeconds,
    coordinatorBusySeconds: coordinator.busySeconds,
  };
}

/** Regions of all scenes: their megapixels and scene, the last of each scene what is left. */
function regionsOf(scenes, regionMegapixels) {
  const count = scenes.reduce((sum, megapixels) => sum + Math.ceil(megapixels / regionMegapixels), 0);
  const [megapixels, scene] = [new Float64Array(count), new Int32Array(count)];
  let at = 0;
  scenes.forEach((whole, index) => {
    for (let left = whole; left > 1e-9; left -= regionMegapixels) {
      megapixels[at] = Math.min(regionMegapixels, left);
      scene[at++] = index;
    }
  });
  return { count: at, megapixels, scene };
}
