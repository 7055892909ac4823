package covey.content;

/** Every limit on content that comes from outside, with its reason. */
public final class ContentLimits {
    /** BEP 52's leaf. */
    public static final int LEAF_BYTES = 16 * 1024;

    /** A block is at least a leaf: below it, requests cost more than what they bring. */
    public static final int BLOCK_BYTES_MIN = LEAF_BYTES;

    /** 3 ms of a 10 Gbit/s link: larger ones gain nothing and make a slow holder show later. */
    public static final int BLOCK_BYTES_MAX = 4 * 1024 * 1024;

    /** 16 TiB: what {@link #BLOCKS_MAX} blocks of the largest size hold. */
    public static final long CONTENT_BYTES_MAX = 16L << 40;

    /** Block layers of 128 MiB and bit sets of 512 KiB at most: both are held in memory. */
    public static final int BLOCKS_MAX = 4 * 1024 * 1024;

    /** A large source tree with its libraries; each entry costs some 300 bytes of memory. */
    public static final int ENTRIES_MAX = 250_000;

    /** 190 bytes for each of {@link #ENTRIES_MAX}: two digests and a path of common length. */
    public static final int MANIFEST_BYTES_MAX = 48 * 1024 * 1024;

    /** What file systems allow: 255 bytes on ext4, XFS, Btrfs, APFS; 255 UTF-16 units on NTFS. */
    public static final int NAME_BYTES_MAX = 255;

    /** Recursion stays shallow; real trees have fewer than 30. */
    public static final int PATH_NAMES_MAX = 64;

    /** Half of Linux' 4,096, so that the folder into which it is exported has the other half. */
    public static final int PATH_BYTES_MAX = 2_048;

    /** SHA-256. */
    public static final int HASH_BYTES = 32;

    private ContentLimits() {}
}
