// An event simulation of a run on a cluster, fed with costs that were measured. Pure: numbers in, numbers out.

/** Of a share of a map's assembly, as the program has it by default; of one that slots take which have nothing else to do. */
export const SHARE_MEGAPIXELS = 256;
const LEAST_SHARE_MEGAPIXELS = 64;
const MOST_SHARES = 64;
/** Along a region's border the predictions of each chip are kept, and compared with those of its neighbour. */
export const STRIP_PIXELS = 512;
/** A worker compresses so many blocks at the same time, each on a core. */
const POOL_THREADS = 4;
/** Regions that are short share a Spark task of so many seconds, of fewer at the end (see SparkJobs). */
const TASK_SECONDS = 3;
const LEAST_TASK_SECONDS = 0.5;
const MOST_REGIONS = 512;
/** Regions of a task that a worker has at once: one is computed, and the next read or the last written. */
const AT_ONCE = 2;

/** Events in order of time; equal times in order of arrival, so that a simulation is repeatable. */
function createAgenda() {
  const heap = [];
  let count = 0;
  return {
    add(time, act) {
      const entry = { time, order: count++, act };
      let at = heap.push(entry) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(entry, heap[parent])) break;
        heap[at] = heap[parent];
        at = parent;
      }
      heap[at] = entry;
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0) sink(heap, last);
      return first;
    },
  };
}

/** Puts an entry in the place of the first, which is gone. */
function sink(heap, entry) {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
    if (!before(heap[child], entry)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = entry;
}

const before = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

/**
 * So many equal servers and one queue, first come first served: `use` calls `then(time)` once one has worked for `seconds`,
 * or for up to `contention` times as long where the others are at work, too (cores share caches, memory, and each other).
 */
function createServers(count, agenda, contention = 1) {
  let free = count;
  let waiting = [];
  let head = 0;
  const servers = { busySeconds: 0, use };

  function use(now, seconds, then) {
    if (free === 0) {
      waiting.push([seconds, then]);
      return;
    }
    free -= 1;
    const others = count > 1 ? (count - free - 1) / (count - 1) : 0;
    const taken = seconds * (1 + (contention - 1) * others);
    servers.busySeconds += taken;
    agenda.add(now + taken, (time) => {
      free += 1;
      const next = waiting[head];
      if (next !== undefined) {
        head += 1;
        if (head > 4096 && head * 2 > waiting.length) [waiting, head] = [waiting.slice(head), 0];
        use(time, ...next);
      }
      then(time);
    });
  }
  return servers;
}

/**
 * @param cluster hosts, each with devicesPerHost devices, coresPerHost cores; slotsPerDevice workers share a device;
 *   deviceMegapixelsPerSecond of network input; storageBytesPerSecond of all hosts together (Infinity: no limit).
 * @param costs seconds: sessionStart, slotStart (a slot's first task), engineRegion (a slot waits for each region of a Spark
 *   task, before it), engineAssembly (the same of each task of an assembly);
 *   of a core: readMegapixel, encodeMegapixel (encodeSerialShare of it on one core, the rest on POOL_THREADS beside it),
 *   regionCore, engineCore (a region's, beside the slot); contention (see createServers); of assembly, by whichever slots come
 *   first: publishMegapixel (in shares of shareMegapixels), publishPart (for each share and each of the scene's regions;
 *   publishSerialShare of it on one core), seamPart and seamStrip (beside the shares, for each region and each STRIP_PIXELS of its border); of the
 *   coordinator: outcome, and sealScene after several shares.
 *   bytesPerPixel read, overlap (pixels computed / kept), rowsPerRegion (chip rows; the next is read while one computes).
 * @param scenes megapixels of each, in the order in which they are mapped; regionMegapixels.
 * @returns seconds (session included), computeSeconds (from the moment the session is there), deviceUse (share of that time).
 */
export function simulate({ cluster, costs, scenes, regionMegapixels }) {
  const agenda = createAgenda();
  const devices = cluster.hosts * cluster.devicesPerHost;
  const deviceServers = Array.from({ length: devices }, () => createServers(1, agenda));
  const coreServers = Array.from({ length: cluster.hosts }, () =>
    createServers(cluster.coresPerHost, agenda, costs.contention),
  );
  const storage = createServers(1, agenda);
  const coordinator = createServers(1, agenda);
  const start = costs.sessionStart;
  const regions = regionsOf(scenes, regionMegapixels);
  const left = new Float64Array(scenes.length);
  for (const scene of regions.scene) left[scene] += 1;
  let next = 0;
  let end = start;
  const finished = [];

  /** What is to be put together: shares of scenes that are complete, and seals; and slots that have nothing to do. */
  const ready = [];
  const idle = [];
  const parts = scenes.map((megapixels) => Math.ceil(megapixels / regionMegapixels));
  const strips = (4 * Math.sqrt(regionMegapixels * 1e6)) / STRIP_PIXELS;
  /** Of each scene: tasks of its assembly that are not done, and whether a seal is to follow them. */
  const assemblies = [];
  let open = regions.count;
  let assemblySeconds = 0;

  const outcome = (now, scene) =>
    coordinator.use(now, costs.outcome, (time) => {
      end = Math.max(end, time);
      left[scene] -= 1;
      open -= 1;
      if (left[scene] > 0) return;
      const seams = (costs.seamPart + costs.seamStrip * strips) * parts[scene];
      const shares = sharesOf(scenes[scene], costs, devices * cluster.slotsPerDevice - open);
      const composed = costs.publishPart * parts[scene];
      const copied = (costs.publishMegapixel * scenes[scene]) / shares;
      const pool = composed * (1 - costs.publishSerialShare);
      const share = { seconds: composed - pool + copied, pool };
      const tasks =
        shares === 1
          ? [{ ...share, seconds: share.seconds + seams }]
          : [...Array.from({ length: shares }, () => share), { seconds: seams, pool: 0 }];
      open += tasks.length;
      assemblies[scene] = { open: tasks.length, seal: shares > 1 };
      ready.push(...tasks.map((task) => ({ scene, ...task })));
      while (ready.length > 0 && idle.length > 0) serve(time, idle.pop());
    });

  const assemble = (now, slot, { scene, seconds, pool }) => {
    assemblySeconds += seconds + pool;
    const done = (time) => {
      end = Math.max(end, time);
      open -= 1;
      const assembly = assemblies[scene];
      assembly.open -= 1;
      if (assembly.open === 0 && assembly.seal)
        coordinator.use(time, costs.sealScene, (sealed) => {
          end = Math.max(end, sealed);
        });
      serve(time, slot);
    };
    agenda.add(now + costs.engineAssembly, (time) => withPool(coresOf(slot), time, { seconds, pool }, done));
  };

  const hostOf = ({ device }) => Math.floor(device / cluster.devicesPerHost);
  const coresOf = (slot) => coreServers[hostOf(slot)];
  const dealer = createDealer(devices * cluster.slotsPerDevice);

  /** A slot without a task gets one: of assembly, else some regions. */
  const serve = (now, slot) => {
    const task = ready.shift();
    if (task !== undefined) {
      assemble(now, slot, task);
      return;
    }
    const count = dealer.deal(regions.count - next);
    if (count === 0) {
      idle.push(slot);
      return;
    }
    Object.assign(slot, { next, end: next + count, out: 0, room: true, count, since: now });
    next += count;
    agenda.add(now + count * costs.engineRegion, (time) => goOn(time, slot));
  };

  /** The next region of a slot's task, where its worker has room for it; another task after the last. */
  const goOn = (now, slot) => {
    if (slot.next < slot.end && slot.out < AT_ONCE && (slot.room || slot.out === 0)) {
      slot.out += 1;
      slot.room = false;
      map(now, slot, slot.next++);
    } else if (slot.next === slot.end && slot.out === 0) {
      dealer.told((now - slot.since) / slot.count);
      serve(now, slot);
    }
  };

  const map = (start, slot, at) => {
    const [megapixels, scene] = [regions.megapixels[at], regions.scene[at]];
    const cores = coresOf(slot);
    cores.use(start, costs.engineCore, () => undefined);
    const rows = costs.rowsPerRegion;
    const row = megapixels / rows;
    const compute = deviceServers[slot.device];
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
      if (computed < rows - 1) return;
      slot.room = true;
      goOn(time, slot);
    };
    const readNext = (time) =>
      read(time, (done) => {
        readUpTo += 1;
        step(done);
      });
    const encode = (time) => {
      const seconds = megapixels * costs.encodeMegapixel;
      const pool = seconds * (1 - costs.encodeSerialShare);
      const ended = (done) => {
        finished.push(done);
        outcome(done, scene);
        slot.out -= 1;
        goOn(done, slot);
      };
      withPool(cores, time, { seconds: seconds - pool + costs.regionCore, pool }, ended);
    };
    readNext(start);
  };

  for (let device = 0; device < devices; device++) {
    for (let slot = 0; slot < cluster.slotsPerDevice; slot++)
      agenda.add(start + costs.slotStart, (time) => serve(time, { device }));
  }
  for (let event = agenda.take(); event !== undefined; event = agenda.take()) event.act(event.time);
  const computeSeconds = end - start;
  finished.sort((a, b) => a - b);
  const at = (share) => finished[Math.floor(share * finished.length)] ?? 0;
  const busy = deviceServers.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
  return {
    seconds: end,
    computeSeconds,
    /** From the 10th to the 90th percentile of the moments at which regions are finished. */
    steadySeconds: at(0.9) - at(0.1),
    deviceUse: busy / (devices * computeSeconds),
    assemblySeconds,
    coordinatorBusySeconds: coordinator.busySeconds,
  };
}

/** Work of which some is done on one core, the rest beside it by the threads of a pool. */
function withPool(cores, time, { seconds, pool }, then) {
  const threads = pool > 0 ? POOL_THREADS : 0;
  let under = 1 + threads;
  const ended = (done) => {
    under -= 1;
    if (under === 0) then(done);
  };
  cores.use(time, seconds, ended);
  for (let thread = 0; thread < threads; thread += 1) cores.use(time, pool / threads, ended);
}

/** How many regions a Spark task gets, from how long they take (see SparkJobs). */
function createDealer(slots) {
  let secondsPerRegion = null;
  const lasting = (seconds) =>
    secondsPerRegion === null ? 1 : Math.floor(seconds / Math.max(1e-3, secondsPerRegion));
  return {
    told(seconds) {
      secondsPerRegion = ((secondsPerRegion ?? seconds) + seconds) / 2;
    },
    deal(left) {
      const fair = Math.max(Math.ceil(left / (3 * slots)), lasting(LEAST_TASK_SECONDS));
      return Math.min(left, Math.max(1, Math.min(lasting(TASK_SECONDS), fair, MOST_REGIONS)));
    },
  };
}

/** Large maps are put together by several slots, each a share of so many megapixels at most; by more where they are idle. */
const sharesOf = (megapixels, { shareMegapixels }, idle) =>
  Math.min(
    MOST_SHARES,
    Math.max(
      1,
      Math.ceil(megapixels / shareMegapixels),
      Math.min(idle - 1, Math.ceil(megapixels / LEAST_SHARE_MEGAPIXELS)),
    ),
  );

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
