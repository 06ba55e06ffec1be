#!/usr/bin/perl
# Asks the kernel itself what it refuses, and prints it as the rows of the docs' tables: call | when | errno.
# Node has no raw system calls, and perl is on every Debian.
#
#   perl scripts/docs/refusals.pl ext4=DIR ext4b=DIR xfs=DIR xfs-noreflink=DIR btrfs=DIR tmpfs=DIR
#
# It leaves its files there.
use strict;
use warnings;
use Errno;
use Fcntl qw(:DEFAULT :seek);
use POSIX ();
use Socket;

my %directory = map { split /=/, $_, 2 } @ARGV;
my ($arm) = (POSIX::uname())[4] =~ /^(aarch64)$/;
my %number =
    $arm
    ? (copy_file_range => 285, mmap => 222, pwrite64 => 68, sendfile => 71, splice => 76, write => 64)
    : (copy_file_range => 326, mmap => 9, pwrite64 => 18, sendfile => 40, splice => 275, write => 1);
use constant { FICLONE => 0x40049409, FICLONERANGE => 0x4020940d };
my $O_DIRECT = $arm ? 0200000 : 040000;

# Where the kernel's two names are one number, that of its own sources.
my %name = map { $_ => 1 } grep { !/^(ENOTSUP|EWOULDBLOCK|EDEADLOCK)$/ } keys %!;
my %errno = map { no strict 'refs'; &{"Errno::$_"}() => $_ } grep { defined &{"Errno::$_"} } keys %name;

sub call { my $call = shift; syscall($number{$call}, @_) }
sub row { my ($call, $when, $answer) = @_; print "$call | $when | ", $answer == -1 ? $errno{ $! + 0 } : 'none', "\n" }
sub at { my ($place, $name, $flags) = @_; sysopen(my $file, "$directory{$place}/$name", $flags, 0644) or die "$place/$name: $!"; $file }
sub new { at(@_, O_RDWR | O_CREAT) }
sub appending { at($_[0], 'log', O_WRONLY | O_CREAT | O_APPEND) }
sub offset { pack 'q', $_[0] }

sub source {
    my $file = new($_[0], 'source');
    syswrite $file, 'x' x 1_000_003;
    sysseek $file, 0, SEEK_SET;
    $file;
}

sub filled_pipe {
    pipe(my $read, my $write) or die "pipe: $!";
    syswrite $write, 'hello';
    ($read, $write);
}

sub copied { my ($from, $to) = @_; call('copy_file_range', fileno $from, 0, fileno $to, 0, 4096, 0) }
sub sent { my ($from, $to, $at) = @_; call('sendfile', fileno $to, fileno $from, $at // 0, 5) }
sub spliced { my ($from, $to, $at) = @_; call('splice', fileno $from, $at // 0, fileno $to, 0, 5, 0) }
sub cloned { my ($from, $to) = @_; ioctl($to, FICLONE, fileno $from) ? 0 : -1 }
sub mapped { my ($file, $length) = @_; call('mmap', 0, $length, 1, 1, fileno $file, 0) }

sub cloned_from {
    my ($from, $to, $at) = @_;
    my $range = pack 'qQQQ', fileno $from, $at, 4096, 0;
    ioctl($to, FICLONERANGE, $range) ? 0 : -1;
}

my $file = source('ext4');
my $to = new('ext4', 'to');
my ($read, $write) = filled_pipe();

row('mmap', 'of a pipe', mapped($read, 4096));
row('mmap', 'of an empty file, 0 bytes', mapped(new('ext4', 'empty'), 0));
my $cut = new('ext4', 'cut');
syswrite $cut, 'x' x 8192;
my $address = mapped($cut, 8192);
truncate $cut, 0;
row('write', 'from a mapping whose file was cut to nothing', call('write', fileno $to, $address, 4096));

socketpair(my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "socketpair: $!";
syswrite $here, 'hello';
row('sendfile', 'from a pipe to a file', sent($read, $to));
row('sendfile', 'from a socket to a file', sent($there, $to));
row('sendfile', 'from a pipe, with an offset', sent($read, $to, offset(0)));
row('sendfile', 'into a file opened with O_APPEND', sent($file, appending('ext4')));

row('splice', 'from a file to a file', spliced($file, $to));
row('splice', 'from a pipe into a file opened with O_APPEND', spliced($read, appending('ext4')));
row('splice', 'from a pipe, with an offset', spliced($read, $to, offset(0)));

row('copy_file_range', 'from ext4 to another ext4', copied($file, new('ext4b', 'to')));
row('copy_file_range', 'from ext4 to tmpfs', copied($file, new('tmpfs', 'to')));
sysopen(my $version, '/proc/version', O_RDONLY) or die "/proc/version: $!";
row('copy_file_range', 'from procfs to ext4', copied($version, $to));
row('copy_file_range', 'into a file opened with O_APPEND', copied($file, appending('ext4')));
row('copy_file_range', 'from a pipe to a file', copied($read, $to));
my ($first, $second) = (offset(0), offset(100));
my $overlap = call('copy_file_range', fileno $file, $first, fileno $file, $second, 4096, 0);
row('copy_file_range', 'within one file, ranges that overlap', $overlap);

my %clone = ('ext4' => 'on ext4', 'tmpfs' => 'on tmpfs', 'xfs-noreflink' => 'on xfs made without reflinks');
row('ioctl FICLONE', $clone{$_}, cloned(source($_), new($_, 'to'))) for sort keys %clone;
row('ioctl FICLONE', 'from ext4 to another ext4', cloned($file, new('ext4b', 'to')));
row('ioctl FICLONE', 'from xfs to btrfs', cloned(source('xfs'), new('btrfs', 'to')));
row('ioctl FICLONE', 'on xfs, into a file opened with O_APPEND', cloned(source('xfs'), appending('xfs')));
row('ioctl FICLONERANGE', "on $_, from byte 100 on", cloned_from(source($_), new($_, 'range'), 100)) for qw(xfs btrfs);

# two pages of memory, whose address is a multiple of a page
my $memory = call('mmap', 0, 8192, 3, 0x22, -1, 0);
sub direct { fileno($_[1] = at($_[0], 'direct', O_WRONLY | O_CREAT | $O_DIRECT)) }
row('write with O_DIRECT', 'on ext4, 100 bytes', call('write', direct('ext4', my $one), $memory, 100));
row('write with O_DIRECT', 'on ext4, a buffer at an odd address', call('write', direct('ext4', my $two), $memory + 1, 4096));
row('write with O_DIRECT', 'on xfs, at offset 100', call('pwrite64', direct('xfs', my $three), $memory, 4096, 100));
row('write with O_DIRECT', 'on tmpfs, 100 bytes', call('write', direct('tmpfs', my $four), $memory, 100));
